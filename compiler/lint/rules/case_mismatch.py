"""One text in two spellings.

What it does:
    Finds texts compared with the same field that differ only in capitals or blanks.

Why:
    Text is compared character by character, so `"Berlin"` and `"berlin"` are two cities, and one of
    the segments misses people. Where the data itself is mixed, compare `lower(city)`.

Bad:
    segment berliners "Live in Berlin" {
      when city == "Berlin"
    }

    segment neighbours "Live in Berlin or Potsdam" {
      when city in ["berlin", "Potsdam"]
    }

Good:
    segment berliners "Live in Berlin" {
      when city == "Berlin"
    }

    segment neighbours "Live in Berlin or Potsdam" {
      when city in ["Berlin", "Potsdam"]
    }

Fix:
    Unsafe: writes it as it was written first.
"""

from collections.abc import Iterator, Sequence

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit, Safety
from segue.compiler.lint.meanings import row_event
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Aggregate
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity
from segue.grammar.unparse import unparse

Field = tuple[str, str, object]


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    first: dict[tuple[Field, str], ast.String] = {}
    for field, text in sorted(_compared(context), key=lambda found: found[1].span[:2]):
        known = first.setdefault((field, _folded(text.value)), text)
        if known.value != text.value:
            yield Hit(
                text.span,
                f"`{unparse(text)}` is `{unparse(known)}` elsewhere",
                label="spelt in another way",
                related=(Label(known.span, "here"),),
                help="write both alike, or compare `lower(…)`",
                fix=Fix(
                    f"write `{unparse(known)}`",
                    (Edit(text.span, unparse(known)),),
                    Safety.UNSAFE,
                ),
            )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _compared(context: Context) -> Iterator[tuple[Field, ast.String]]:
    for node in context.nodes(ast.Binary):
        if node.operator in ("==", "!=") and isinstance(node.right, ast.String):
            yield from _of(context, node.left, (node.right,))
    for membership in context.nodes(ast.InList):
        texts = tuple(item for item in membership.items if isinstance(item, ast.String))
        yield from _of(context, membership.operand, texts)


def _of(
    context: Context, value: ast.Expression, texts: Sequence[ast.String]
) -> Iterator[tuple[Field, ast.String]]:
    meaning = context.meaning(value)
    if meaning is None or meaning.type.kind is not Kind.STRING:
        return
    if meaning.op == "aggregate":
        aggregate = meaning.param
        assert isinstance(aggregate, Aggregate)
        event, meaning = aggregate.event, aggregate.value or meaning
    else:
        event = row_event(context, value)
    if meaning.op in ("attribute", "property"):
        for text in texts:
            yield (meaning.op, event, meaning.param), text


RULE = Rule(
    code="SEG116",
    name="case-mismatch",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.PLAN,
    check=check,
    documentation=__doc__,
)
