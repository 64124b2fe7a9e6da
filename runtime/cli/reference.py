"""`segue reference`: the reference manual of the language."""

import click

from segue.compiler.analysis import codes as analysis_codes
from segue.compiler.catalog import codes as catalog_codes
from segue.compiler.scores import codes as score_codes
from segue.compiler.sql import codes as sql_codes
from segue.grammar import codes as grammar_codes
from segue.runtime import codes as project_codes
from segue.runtime.scores import codes as model_codes
from segue.runtime.testing import codes as testing_codes
from segue.runtime.warehouse import codes as warehouse_codes

GROUPS = (
    ("Reading a rule file", grammar_codes.SYNTAX_CODES, "seg"),
    ("What rules mean", analysis_codes.CODES, "seg"),
    ("The catalog", catalog_codes.CODES, "yaml"),
    ("The SQL of an engine", sql_codes.CODES, "seg"),
    ("Scores", score_codes.CODES, "seg"),
    ("Trained models", model_codes.CODES, "seg"),
    ("The project", project_codes.CODES, "yaml"),
    ("The warehouse", warehouse_codes.CODES, "yaml"),
    ("Tests of rules", testing_codes.CODES, "yaml"),
)
"""Every finding there is, with the language its examples are in."""


def manual() -> str:
    """The manual as it should stand in `docs/reference.md`."""
    from segue.compiler.reference import CodeGroup, reference

    return reference(CodeGroup(*group) for group in GROUPS)


@click.command("reference")
def command() -> None:
    """Print the reference manual: operators, aggregates and every finding, as Markdown.

    \b
    segue reference > docs/reference.md
    """
    click.echo(manual(), nl=False)
