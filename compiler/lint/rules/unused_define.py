"""A define that nobody calls.

What it does:
    Finds defines that no other definition names.

Why:
    A define is checked only where it is called: what is wrong with this one, nobody has been told
    yet.

Bad:
    define regular(what, times) = count(what over last 30d) >= times

    segment readers "Open our mails" {
      when count(email_open over last 30d) >= 4
    }

Good:
    define regular(what, times) = count(what over last 30d) >= times

    segment readers "Open our mails" {
      when regular(email_open, 4)
    }

Fix:
    Unsafe: deletes the define.
"""

from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Safety
from segue.compiler.lint.rewriting import remove_item
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.lint.usage import is_unused
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for symbol in context.definitions(ast.Define):
        if is_unused(context, symbol):
            yield Hit(
                symbol.node.name.span,
                f"nothing uses the define `{symbol.name}`",
                help="delete it",
                fix=remove_item(context, symbol.node, f"delete `{symbol.name}`", Safety.UNSAFE),
            )


RULE = Rule(
    code="SEG403",
    name="unused-define",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
