"""The `segue` command itself: which commands there are, and what happens to their errors.

A command's module is imported only when the command runs, so that `segue check` does not wait
for warehouse drivers.
"""

import os
import traceback
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from segue.grammar.diagnostics import SegueError
from segue.grammar.suggestions import did_you_mean
from segue.runtime.refusal import ProjectError, Refusal
from segue.runtime.terminal import colour_wanted, relocate, show

# Name: (where the command is, the line that `segue --help` shows).
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "init": ("segue.runtime.cli.init:command", "Start a project, or read one off a database."),
        "check": ("segue.runtime.cli.check:command", "Find what is wrong with rules and catalog."),
        "fmt": ("segue.runtime.cli.fmt:command", "Format rule files."),
        "compile": ("segue.runtime.cli.compile:command", "Print the SQL (or Python) of the rules."),
        "run": ("segue.runtime.cli.run:command", "Evaluate the rules in a warehouse."),
        "test": ("segue.runtime.cli.test:command", "Run the tests of the rules."),
        "diff": ("segue.runtime.cli.diff:command", "Say what a change of the rules means."),
        "explain": ("segue.runtime.cli.explain:command", "Say why somebody is in a segment."),
        "history": (
            "segue.runtime.cli.history:command",
            "Show who was where, and since when.",
        ),
        "backtest": (
            "segue.runtime.cli.backtest:command",
            "Replay a rule over past dates.",
        ),
        "train": ("segue.runtime.cli.train:command", "Train the scores, and judge them."),
        "score": ("segue.runtime.cli.score:command", "Compute a score for everybody."),
        "card": ("segue.runtime.cli.card:command", "Show how good a trained score is."),
        "profile": (
            "segue.runtime.cli.profile:command",
            "Say what tells a segment from everybody.",
        ),
        "export": (
            "segue.runtime.cli.export:command",
            "Write members, entries and exits to a file.",
        ),
        "graph": ("segue.runtime.cli.graph:command", "Draw a lifecycle."),
        "explain-rule": (
            "segue.runtime.cli.explain_rule:command",
            "Say what a lint rule is about.",
        ),
        "docs": ("segue.runtime.cli.docs:command", "Write the documentation of the rules."),
        "lsp": ("segue.runtime.cli.lsp:command", "Serve an editor: findings, hover, completion…"),
        "reference": (
            "segue.runtime.cli.reference:command",
            "Print the reference manual of the language.",
        ),
    }
)

ISSUES = "https://github.com/segue-lang/segue/issues"


class Segue(click.Group):
    """A group that imports commands when needed and turns exceptions into messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a suggestion for a misspelt name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command `{args[0]}`; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; what it raises becomes a message and an exit code."""
        ctx.color = colour_wanted()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted: the last complete run stands" if _runs(ctx) else "", err=True)
            ctx.exit(130)
        except SegueError as error:
            _show_findings(error)
            ctx.exit(2)
        except Refusal as refusal:
            _show_refusal(refusal)
            ctx.exit(2)
        except Exception as error:
            _show_crash(error, bool(ctx.params.get("traceback")))
            ctx.exit(2)


def _runs(ctx: click.Context) -> bool:
    return ctx.invoked_subcommand == "run"


def _show_findings(error: SegueError) -> None:
    diagnostics, texts = list(error.diagnostics), error.sources
    if isinstance(error, ProjectError):
        diagnostics, texts = relocate(diagnostics, texts, error.root)
    for diagnostic in diagnostics:
        click.echo(show(diagnostic, texts) + "\n", err=True)


def _show_refusal(refusal: Refusal) -> None:
    click.echo(click.style("error", fg="red", bold=True) + f": {refusal.message}", err=True)
    if refusal.hint:
        click.echo(click.style("  help: ", fg="blue") + refusal.hint, err=True)


def _show_crash(error: Exception, trace: bool) -> None:
    if trace or os.environ.get("SEGUE_TRACEBACK") == "1":
        click.echo("".join(traceback.format_exception(error)), err=True)
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        click.echo(f"error: {what}", err=True)
        return
    # Only the type: a driver's message may hold a connection string with its password.
    click.echo(
        f"error: Segue failed with {type(error).__name__}; please report it at {ISSUES} "
        "with what `segue --traceback …` shows",
        err=True,
    )


def installed_version() -> str:
    """The version of Segue that is installed."""
    # Takes longer to import than click.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("segue-lang")
    except PackageNotFoundError:
        return "unknown"


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"segue {installed_version()}")
        ctx.exit()


@click.group(cls=Segue, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--traceback", is_flag=True, help="Show where in Segue an unexpected error arose.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and stop.",
)
def main(traceback: bool) -> None:
    """Customer segments and lifecycles as text: checked, tested, compiled to SQL and Python.

    \b
    segue init shop --from shop.duckdb
    segue check shop
    segue compile shop --dialect postgres
    """
