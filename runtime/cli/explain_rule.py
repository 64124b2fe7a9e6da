"""`segue explain-rule`: what a lint rule is about."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import click

from segue.compiler.lint.documentation import documentation
from segue.compiler.lint.registry import find_rule, rules
from segue.compiler.lint.rule import Needs, Rule
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Severity
from segue.grammar.suggestions import did_you_mean
from segue.runtime.cli.reference import GROUPS
from segue.runtime.refusal import Refusal
from segue.runtime.terminal import COLOURS


@click.command("explain-rule")
@click.argument("rule", required=False)
@click.option("--all", "everything", is_flag=True, help="List all rules.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --all: write a page for each rule, and an index, into DIR.",
)
@click.pass_context
def command(ctx: click.Context, rule: str | None, everything: bool, out: Path | None) -> None:
    """Say what a lint rule finds, why, and what to write instead.

    RULE is a code or a name; the code of an error is explained too.

    \b
    segue explain-rule SEG101
    segue explain-rule unused-metric
    segue explain-rule SEG021
    segue explain-rule --all
    """
    if (rule is None) is not everything or (out is not None and not everything):
        raise click.UsageError("name one rule, or say --all", ctx)
    if rule is not None:
        click.echo("\n".join(_explained(rule)))
    elif out is None:
        for each in rules().values():
            click.echo(_line(each))
    else:
        _write(out)


def _explained(word: str) -> Iterator[str]:
    """The page of a rule, or of an error: who meets a code need not know whose it is."""
    rule = find_rule(word)
    if rule is not None:
        return _page(rule)
    for code in (code for _, codes, _ in GROUPS for code in codes):
        if code.id == word.upper():
            return _error_page(code)
    names = [rule.name for rule in rules().values()]
    hint = did_you_mean(word, names) or "`segue explain-rule --all` lists them"
    raise Refusal(f"there is no rule `{word}`", hint)


def _error_page(code: Code) -> Iterator[str]:
    level = click.style(str(Severity.ERROR), fg=COLOURS[Severity.ERROR], bold=True)
    yield click.style(code.id, bold=True) + f"  {level}"
    yield f"\n{code.title[0].upper()}{code.title[1:]}.\n"
    yield f"{code.explanation}\n"
    yield click.style("As in", fg="red")
    yield indent(code.example, "  ")


def _line(rule: Rule) -> str:
    level = click.style(f"{rule.severity:7}", fg=COLOURS[rule.severity])
    off = "" if rule.default else " (off by default)"
    return f"{rule.code}  {level}  {rule.name:27} {documentation(rule).title}{off}"


def _page(rule: Rule) -> Iterator[str]:
    text = documentation(rule)
    level = click.style(str(rule.severity), fg=COLOURS[rule.severity], bold=True)
    facts = [str(rule.category)]
    if rule.needs is Needs.SOLVER:
        facts.append("needs the solver")
    if not rule.default:
        facts.append("off by default")
    yield click.style(f"{rule.code} {rule.name}", bold=True) + f"  {level}, {', '.join(facts)}"
    yield f"\n{text.title}.\n"
    yield f"{text.what}\n"
    yield f"{text.why}\n"
    if text.settings:
        yield click.style("With this in segue.yml:", fg="blue")
        yield indent(text.settings, "  ") + "\n"
    yield click.style("Instead of", fg="red")
    yield indent(text.bad, "  ") + "\n"
    yield click.style("write", fg="green")
    yield indent(text.good, "  ")
    if text.fix:
        yield "\n" + click.style("Fix: ", fg="blue") + text.fix
    for name, value in rule.options.items():
        shown = list(value) if isinstance(value, tuple) else value
        yield f"\n{click.style('Option', fg='blue')} {name} ({shown}): {text.options[name]}"


def _write(folder: Path) -> None:
    from segue.compiler.lint.pages import pages

    folder.mkdir(parents=True, exist_ok=True)
    made = pages(rules().values())
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"wrote {len(made)} pages to {folder}")
