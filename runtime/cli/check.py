"""`segue check`: what is wrong with a project, all of it."""

from pathlib import Path

import click

from segue.grammar.diagnostics import Diagnostic, Severity
from segue.runtime.cli.arguments import projects_of
from segue.runtime.ruleset import check_project
from segue.runtime.terminal import as_json, concise, count, relocate, show, tally


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "concise", "json"]),
    default="text",
    show_default=True,
    help="With source lines for people, one line a finding, or JSON.",
)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], style: str, strict: bool) -> None:
    """Find what is wrong with the rules and the catalog.

    A PATH is a project, or any file or folder in one, which is then checked as a whole: a
    change in one file can break a rule in another. Without PATH: the project around the working
    folder.

    Exits with 0 when there are no errors, 1 when there are, 2 when it could not check.

    \b
    segue check
    segue check rulesets/shop --format concise
    """
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    files = 0
    for root in projects_of(paths):
        checked = check_project(root)
        moved, moved_texts = relocate(checked.diagnostics, checked.texts, root)
        found += moved
        texts |= moved_texts
        files += checked.files
    numbers = tally(found)
    if style == "json":
        summary = {"files": files} | {f"{s}s": n for s, n in numbers.items()}
        click.echo(as_json(found, texts, summary))
    else:
        for diagnostic in found:
            click.echo(show(diagnostic, texts) + "\n" if style == "text" else concise(diagnostic))
        click.echo(_summary(files, numbers))
    if numbers[Severity.ERROR] or (strict and numbers[Severity.WARNING]):
        ctx.exit(1)


def _summary(files: int, numbers: dict[Severity, int]) -> str:
    parts = [count(number, severity) for severity, number in numbers.items() if number]
    return f"checked {count(files, 'file')}: {', '.join(parts) or 'no errors'}"
