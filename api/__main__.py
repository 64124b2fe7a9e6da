"""`python -m segue`."""

from segue.runtime.cli import main

main(prog_name="segue")
