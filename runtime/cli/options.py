"""The options that several commands have, said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

PLACES = "a DuckDB or SQLite file, or the address of a server as in postgres://…"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Option(Protocol):
    """Adds an option to a command, which stays what it is."""

    def __call__(self, command: Decorated, /) -> Decorated:
        """The command with the option."""
        ...


project_option = click.option(
    "--project",
    "path",
    metavar="PROJECT",
    default=".",
    type=click.Path(path_type=Path),
    help="Where the rules are; default: here.",
)
target_option = click.option("--target", metavar="NAME", help="A warehouse of segue.yml.")
database_option = click.option("--database", metavar="DB", help=f"The warehouse: {PLACES}.")


def as_of_option(what: str) -> Option:
    """`--as-of`; `what` is done as of the instant, as a verb."""
    # Knows the calendar: only for commands that ask.
    from segue.runtime.cli.instant import INSTANT

    return click.option("--as-of", "as_of", metavar="INSTANT", help=f"{what} as of {INSTANT}")


def format_option(*styles: str, help: str) -> Option:
    """`--format`, the `style` of what is printed; the first one is the default."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(styles),
        default=styles[0],
        show_default=True,
        help=help,
    )
