"""An `if` whose branches are the same.

What it does:
    Finds `if c then x else x`.

Why:
    The condition decides nothing. One branch was copied and not changed.

Bad:
    metric threshold = if plan == "team" then 20 else 20

    segment readers "Open our mails" {
      when count(email_open over last 30d) >= threshold
    }

Good:
    metric threshold = if plan == "team" then 20 else 10

    segment readers "Open our mails" {
      when count(email_open over last 30d) >= threshold
    }

Fix:
    Safe: writes the branch in place of the `if`. Look whether another value was meant.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rewriting import rewrite
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for node in context.nodes(ast.IfElse):
        if node.then == node.otherwise:
            yield Hit(
                node.otherwise.span,
                "both branches are the same",
                label="the same again",
                related=(Label(node.then.span, "this"),),
                fix=rewrite(context, node, node.then),
            )


RULE = Rule(
    code="SEG105",
    name="identical-branches",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
