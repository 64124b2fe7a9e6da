"""The options by which a command is told its warehouse, said once for all commands."""

import click

PLACES = "a DuckDB or SQLite file, or the address of a server as in postgres://…"

target_option = click.option("--target", metavar="NAME", help="A warehouse of segue.yml.")
database_option = click.option("--database", metavar="DB", help=f"The warehouse: {PLACES}.")
