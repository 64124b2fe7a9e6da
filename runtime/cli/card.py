"""`segue card`: how good a trained score is, and on what."""

from pathlib import Path

import click

from segue.runtime.cli.options import format_option, project_option
from segue.runtime.layout import find_project
from segue.runtime.scores.card import html_card, markdown_card
from segue.runtime.scores.named import named_header
from segue.runtime.scores.store import ModelStore


@click.command("card")
@click.argument("score", metavar="SCORE[@vN]")
@project_option
@format_option("markdown", "html", help="Markdown, or one HTML file with plots.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to FILE instead of the terminal.",
)
def command(score: str, path: Path, style: str, out: Path | None) -> None:
    """Show the model card of SCORE, by default of its newest version.

    It says what the model was made of, how good it is on rows that it has not seen, beside what
    needs no model, and what it reads. It needs neither a database nor scikit-learn.

    \b
    segue card churn_risk
    segue card churn_risk@v3 --format html --out churn.html
    """
    store = ModelStore(find_project(path))
    header = named_header(store, score)
    trained = store.trained(header)
    text = (html_card if style == "html" else markdown_card)(header, trained)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"wrote {out}", err=True)
