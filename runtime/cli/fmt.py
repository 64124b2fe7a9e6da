"""`segue fmt`: rule files in the one layout."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from segue.grammar.diagnostics import SegueError
from segue.grammar.format import FormatError, format_source
from segue.runtime.cli.collector import without_collector
from segue.runtime.configuration import Configuration, read_configuration
from segue.runtime.files import difference, replace_file
from segue.runtime.layout import SETTINGS, find_project, rule_files
from segue.runtime.refusal import Refusal
from segue.runtime.terminal import count, show


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if needed.")
@click.option("--diff", "only_diff", is_flag=True, help="Write nothing; print what would change.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], only_check: bool, only_diff: bool) -> None:
    """Format rule files: one layout, so that a diff shows what changed and nothing else.

    A PATH is a file or a folder; `-` reads standard input and prints the result. Without PATH:
    all rules of the project around the working folder. A file with a syntax error is left as
    it is, and so is one whose meaning formatting would change.

    Exits with 1 when a file could not be formatted, or with --check or --diff would change.

    \b
    segue fmt
    segue fmt --check rulesets/
    cat rules.seg | segue fmt -
    """
    ctx.with_resource(without_collector())
    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` stands alone", ctx)
        _filter(only_check, only_diff, ctx)
        return
    files = [file for path in paths or (None,) for file in _files(path)]
    changed = failed = 0
    for file in dict.fromkeys(files):
        name = os.path.relpath(file).replace(os.sep, "/")
        text = _read(file)
        try:
            formatted = format_source(text, name)
        except (SegueError, FormatError) as error:
            failed += 1
            _report(error)
            continue
        if formatted == text:
            continue
        changed += 1
        if only_diff:
            click.echo(difference(text, formatted, name, "formatted"), nl=False)
        elif only_check:
            click.echo(f"would format {name}")
        else:
            replace_file(file, formatted)
            click.echo(f"formatted {name}")
    click.echo(_summary(len(files), changed, failed, only_check or only_diff), err=True)
    if failed or (changed and (only_check or only_diff)):
        ctx.exit(1)


def _filter(only_check: bool, only_diff: bool, ctx: click.Context) -> None:
    text = click.open_file("-", encoding="utf-8").read()
    try:
        formatted = format_source(text, "<stdin>")
    except (SegueError, FormatError) as error:
        _report(error)
        ctx.exit(1)
    if only_diff:
        click.echo(difference(text, formatted, "<stdin>", "formatted"), nl=False)
    elif not only_check:
        click.echo(formatted, nl=False)
    if formatted != text and (only_check or only_diff):
        ctx.exit(1)


def _files(path: str | None) -> Iterator[Path]:
    """The rule files a path stands for."""
    if path is None:
        root = find_project()
        config = _configuration(root)
        yield from rule_files(root / config.rules, config.ignore)
        return
    given = Path(path)
    if given.is_dir():
        try:
            ignore = _configuration(find_project(given)).ignore
        except Refusal:
            ignore = ()  # Files can be formatted outside a project.
        yield from rule_files(given, ignore)
    elif given.is_file():
        yield given
    else:
        raise Refusal(f"there is no file or folder `{path}`")


def _configuration(root: Path) -> Configuration:
    settings = root / SETTINGS
    if not settings.is_file():
        return Configuration()
    return read_configuration(_read(settings), SETTINGS)[0]


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"`{file}` is not UTF-8 text", "save the file as UTF-8") from None


def _report(error: SegueError | FormatError) -> None:
    sys.stdout.flush()
    if isinstance(error, FormatError):
        click.echo(f"error: left as it is: {error}; please report it", err=True)
        return
    for diagnostic in error.diagnostics:
        click.echo(show(diagnostic, error.sources) + "\n", err=True)


def _summary(files: int, changed: int, failed: int, would: bool) -> str:
    parts = [
        f"{count(changed, 'file')} {'would change' if would else 'formatted'}",
        f"{count(files - changed - failed, 'file')} fine",
    ]
    if failed:
        parts.append(f"{count(failed, 'file')} could not be formatted")
    return ", ".join(parts)
