"""`segue docs`: the rules as a page for people."""

from pathlib import Path

import click

from segue.runtime.ruleset import load_ruleset

FILE = "segments.md"


@click.command("docs")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Write DIR/{FILE} instead of printing.",
)
def command(path: Path, out: Path | None) -> None:
    """Document the rules of the project around PATH, as Markdown.

    Every segment with its rule, what its windows cover exactly, what it uses and who uses it.

    \b
    segue docs
    segue docs shop --out site
    """
    from segue.runtime.documentation import documentation

    text = documentation(load_ruleset(path))
    if out is None:
        click.echo(text, nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    (out / FILE).write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"wrote {out / FILE}")
