"""A description that is not finished.

What it does:
    Finds TODO, FIXME, TBD and XXX in descriptions.

Why:
    A description is shown to people who do not know what is to be done, in every report. A comment
    (`# TODO: …`) is for those who do.

Bad:
    segment readers "TODO: ask Anna" {
      when exists(email_open over last 30d)
    }

Good:
    # TODO: ask Anna
    segment readers "Opened a mail in the last 30 days" {
      when exists(email_open over last 30d)
    }
"""

import re
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity

_UNFINISHED = re.compile(r"\b(TODO|FIXME|TBD|XXX)\b", re.IGNORECASE)


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for source in context.sources:
        for item in source.tree.items:
            title = getattr(item, "title", None)
            name = getattr(item, "name", None)
            found = _UNFINISHED.search(title) if isinstance(title, str) else None
            if found is not None:
                span = name.span if isinstance(name, ast.Identifier) else item.span
                yield Hit(
                    span,
                    f"the description says {found[0]}",
                    help="finish it, or make it a comment",
                )


RULE = Rule(
    code="SEG415",
    name="unfinished-text",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
