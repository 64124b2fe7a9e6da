"""An action that nobody carries out.

What it does:
    Finds actions that are not among the `actions` of segue.yml. Without that list, nothing is
    found.

Why:
    Actions are words for other systems. One that none of them knows is an offer that is never made,
    and nobody hears of it.

Settings:
    actions: [early_access, personal_thanks]

Bad:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
      actions early_acess
    }

Good:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
      actions early_access
    }

Fix:
    Unsafe: writes the known action that is spelt most like it.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit, Safety
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.suggestions import did_you_mean, nearest


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    known = context.facts.actions
    if known is None:
        return
    for action in _actions(context):
        if action.text not in known:
            yield Hit(
                action.span,
                f"there is no action `{action.text}`",
                label="not in `actions` of segue.yml",
                help=did_you_mean(action.text, known) or "add it there if somebody carries it out",
                fix=_fix(action, known),
            )


def _fix(action: ast.Identifier, known: frozenset[str]) -> Fix | None:
    near = nearest(action.text, known)
    if near is None:
        return None
    return Fix(f"write `{near}`", (Edit(action.span, near),), Safety.UNSAFE)


def _actions(context: Context) -> Iterator[ast.Identifier]:
    for segment in context.nodes(ast.Segment):
        yield from segment.actions
    for tier in context.nodes(ast.Tier):
        yield from tier.actions
    for reaction in context.nodes(ast.Reaction):
        yield from reaction.do


RULE = Rule(
    code="SEG505",
    name="unknown-action",
    category=Category.DATA,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
