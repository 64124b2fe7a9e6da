"""A condition that nothing uses.

What it does:
    Finds conditions that no other definition names.

Why:
    It is read and reviewed for nothing; often the segment that asked for it is gone, or repeats it.

Bad:
    condition inactive_60d = not exists(email_open over last 60d)

    segment readers "Open our mails" {
      when exists(email_open over last 60d)
    }

Good:
    condition active_60d = exists(email_open over last 60d)

    segment readers "Open our mails" {
      when active_60d
    }

Fix:
    Unsafe: deletes the condition.
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
    for symbol in context.definitions(ast.Condition):
        if is_unused(context, symbol):
            yield Hit(
                symbol.node.name.span,
                f"nothing uses the condition `{symbol.name}`",
                help="delete it",
                fix=remove_item(context, symbol.node, f"delete `{symbol.name}`", Safety.UNSAFE),
            )


RULE = Rule(
    code="SEG402",
    name="unused-condition",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
