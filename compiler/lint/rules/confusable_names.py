"""Names that look alike.

What it does:
    Finds definitions whose names differ only in characters that are hard to tell apart (`l` and
    `1`, `O` and `0`, `rn` and `m`), in capitals or in underscores.

Why:
    A reviewer reads one and the compiler the other. Nothing else will tell them apart: both exist.

Bad:
    metric orders_l = count(purchase over last 7d)
    metric orders_1 = count(purchase over last 1d)

    segment busy "Buys a lot" {
      when orders_l >= 7
        or orders_1 >= 2
    }

Good:
    metric orders_week = count(purchase over last 7d)
    metric orders_day  = count(purchase over last 1d)

    segment busy "Buys a lot" {
      when orders_week >= 7
        or orders_day >= 2
    }
"""

import re
from collections.abc import Iterator

from segue.compiler.analysis.symbols import Symbol
from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar.diagnostics import Label, Severity

_ALIKE = str.maketrans({"1": "l", "i": "l", "0": "o", "5": "s", "2": "z", "_": None})


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    seen: dict[str, Symbol] = {}
    for symbol in context.symbols:
        first = seen.setdefault(_shape(symbol.name), symbol)
        if first is not symbol:
            yield Hit(
                symbol.node.name.span,
                f"`{symbol.name}` looks like `{first.name}`",
                label="hard to tell apart",
                related=(Label(first.node.name.span, "the other"),),
                help="give one of them a name that differs in a word",
            )


def _shape(name: str) -> str:
    """What a name looks like at a glance. Numbers of several digits are read as numbers."""
    parts = re.split(r"(\d{2,})", name)
    return "".join(part if part.isdigit() and len(part) > 1 else _letters(part) for part in parts)


def _letters(text: str) -> str:
    return text.lower().translate(_ALIKE).replace("rn", "m").replace("vv", "w")


RULE = Rule(
    code="SEG408",
    name="confusable-names",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
