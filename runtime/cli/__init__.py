"""The command line: `segue`."""

from segue.runtime.cli.group import main

__all__ = ["main"]
