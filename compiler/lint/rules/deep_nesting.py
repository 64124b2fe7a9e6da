"""Segments inside segments inside segments.

What it does:
    Finds segments that ask for members of segments that ask for members of segments, more than
    three deep.

Why:
    To know who is in, a reader opens file after file; a change at the bottom moves people in
    segments that nobody thought of.

Bad:
    segment buyers "Have bought" {
      when exists(purchase)
    }

    segment recent "Have bought this year" {
      when in buyers
       and exists(purchase over last 365d)
    }

    segment loyal "Twice or more" {
      when in recent
       and count(purchase) >= 2
    }

    segment gold "And a lot" {
      when in loyal
       and sum(purchase.amount) >= 1000
    }

    segment platinum "And in France" {
      when in gold
       and country == "FR"
    }

Good:
    condition recent = exists(purchase over last 365d)

    segment gold "Bought this year, twice or more, and a lot" {
      when recent
       and count(purchase) >= 2
       and sum(purchase.amount) >= 1000
    }

    segment platinum "And in France" {
      when in gold
       and country == "FR"
    }

Options:
    deepest: how many segments deep is still fine
"""

from collections import defaultdict
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    asked: dict[str, list[str]] = defaultdict(list)
    for membership in context.nodes(ast.InSegment):
        source, item = context.item_at(membership.span)
        found = context.symbols.find(membership.segment.parts, source.module)
        if isinstance(item, ast.Segment | ast.Condition) and found is not None:
            asked[".".join((*source.module, item.name.text))].append(found.name)
    deepest = context.option(RULE, "deepest")
    for symbol in context.definitions(ast.Segment):
        path = _deepest(symbol.name, asked, ())
        if len(path) - 1 > deepest:
            yield Hit(
                symbol.node.name.span,
                f"`{symbol.name}` asks for segments {len(path) - 1} deep",
                label=" → ".join(path),
                help="give what they share a name with `condition`, and ask for that",
            )


def _deepest(name: str, asked: dict[str, list[str]], above: tuple[str, ...]) -> tuple[str, ...]:
    """The longest way down from a segment; one that comes back to itself ends there."""
    here = (*above, name)
    below = [_deepest(other, asked, here) for other in asked.get(name, ()) if other not in here]
    return max(below, key=len, default=here)


RULE = Rule(
    code="SEG416",
    name="deep-nesting",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
    options={"deepest": 3},
)
