"""A name in another style.

What it does:
    Finds definitions whose names are not words in small letters, joined by single underscores.

Why:
    Names become columns and file names, where some engines keep capitals and some do not.

Bad:
    metric emailOpens = count(email_open over last 30d)

    segment readers "Open our mails" {
      when emailOpens >= 10
    }

Good:
    metric email_opens = count(email_open over last 30d)

    segment readers "Open our mails" {
      when email_opens >= 10
    }
"""

import re
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity

_STYLE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for source in context.sources:
        for item in source.tree.items:
            name = getattr(item, "name", None)
            if isinstance(name, ast.Identifier) and not _STYLE.fullmatch(name.text):
                yield Hit(
                    name.span,
                    f"`{name.text}` is not written as names are",
                    help=f"call it `{_in_style(name.text)}`",
                )


def _in_style(name: str) -> str:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-z]*", name)
    return "_".join(word.lower() for word in words) or "another_name"


RULE = Rule(
    code="SEG410",
    name="name-style",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
