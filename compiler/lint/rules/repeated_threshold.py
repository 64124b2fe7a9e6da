"""A threshold that several segments repeat.

What it does:
    Finds a comparison with a constant that three segments or more write out.

Why:
    When the threshold moves, one of the copies is forgotten, and "active" means two things. A
    `condition` gives it a name, and one place to change.

Bad:
    metric opens = count(email_open over last 30d)

    segment french "Active in France" {
      when opens >= 10
       and country == "FR"
    }

    segment german "Active in Germany" {
      when opens >= 10
       and country == "DE"
    }

    segment spanish "Active in Spain" {
      when opens >= 10
       and country == "ES"
    }

Good:
    condition active = count(email_open over last 30d) >= 10

    segment french "Active in France" {
      when active
       and country == "FR"
    }

    segment german "Active in Germany" {
      when active
       and country == "DE"
    }

    segment spanish "Active in Spain" {
      when active
       and country == "ES"
    }

Options:
    at_least: how many segments may not share a threshold
"""

from collections import defaultdict
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.meanings import is_constant
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse

_MOST_SHOWN = 5


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    written: dict[int, list[ast.Binary]] = defaultdict(list)
    for node in context.nodes(ast.Binary):
        # Equality with a value is mostly a choice (`country == "FR"`) and no threshold.
        if node.operator not in ("<", "<=", ">", ">=") or not is_constant(node.right):
            continue
        meaning = context.meaning(node)
        if meaning is not None and isinstance(context.item_at(node.span)[1], ast.Segment):
            written[meaning.id].append(node)
    for nodes in written.values():
        segments = {id(context.item_at(node.span)[1]) for node in nodes}
        if len(segments) >= context.option(RULE, "at_least"):
            yield Hit(
                nodes[0].span,
                f"{len(segments)} segments repeat this threshold",
                help=f"give it a name: `condition … = {unparse(nodes[0])}`",
                related=tuple(Label(node.span, "again") for node in nodes[1:_MOST_SHOWN]),
            )


RULE = Rule(
    code="SEG407",
    name="repeated-threshold",
    category=Category.UPKEEP,
    severity=Severity.HINT,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
    options={"at_least": 3},
)
