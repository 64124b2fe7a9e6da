"""`segue test`: whether the rules do what their tests say."""

import os
import time
from pathlib import Path

import click

from segue.grammar.diagnostics import Diagnostic, SegueError
from segue.runtime.project import find_project
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import load_ruleset
from segue.runtime.testing.discover import find_test_files
from segue.runtime.testing.model import Case
from segue.runtime.testing.read import read_tests
from segue.runtime.testing.report import as_json, as_junit, text_lines
from segue.runtime.testing.run import run_cases


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("-k", "wanted", metavar="TEXT", help="Only tests with this in their file or name.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="For people, as JSON, or as JUnit XML for a CI system.",
)
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], wanted: str | None, style: str) -> None:
    """Run the tests of the rules.

    A PATH is a project, a folder in one, or a file of tests. Without PATH: all tests of the
    project around the working folder, which are the files that end in .test.yml in its tests
    folder and beside its rules. Every test runs in Python and in DuckDB, and both must agree.

    Exits with 0 when all pass, 1 when some fail, 2 when they could not run.

    \b
    segue test
    segue test shop/tests/engagement.test.yml -k keen
    """
    for path in paths:
        if not path.exists():
            raise Refusal(f"there is no file or folder `{path}`")
    root = find_project(paths[0] if paths else Path())
    ruleset = load_ruleset(root)
    began = time.monotonic()
    cases: list[Case] = []
    found: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for file in find_test_files(ruleset.project, paths):
        name = os.path.relpath(file).replace(os.sep, "/")
        texts[name] = _read(file)
        read, diagnostics = read_tests(texts[name], name, ruleset.plan)
        cases += read
        found += diagnostics
    if found:
        raise SegueError(found, texts)
    if wanted is not None:
        cases = [case for case in cases if wanted.lower() in case.id.lower()]
    results = run_cases(ruleset.plan, cases)
    seconds = time.monotonic() - began
    match style:
        case "json":
            click.echo(as_json(results))
        case "junit":
            click.echo(as_junit(results, seconds))
        case _:
            click.echo("\n".join(text_lines(results, seconds)))
    if not all(result.passed for result in results):
        ctx.exit(1)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"`{path}` is not UTF-8 text", "save the file as UTF-8") from None
