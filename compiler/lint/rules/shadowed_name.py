"""A name that hides another one.

What it does:
    Finds definitions of a folder with the name of a definition in a folder around it, and
    parameters of a define with the name of an event, an attribute or a definition.

Why:
    The same word means one thing here and another a folder higher up. Whoever moves a rule, or
    reads it alone, takes one for the other.

Bad:
    metric orders = count(purchase over last 30d)

    define many(orders, least) = orders >= least

    segment busy "Buys a lot" {
      when many(orders, 5)
    }

Good:
    metric orders = count(purchase over last 30d)

    define many(number, least) = number >= least

    segment busy "Buys a lot" {
      when many(orders, 5)
    }
"""

from collections.abc import Iterator

from segue.compiler.analysis.symbols import Symbol
from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Label, Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for symbol in context.symbols:
        name = symbol.node.name
        outer = context.symbols.find((name.text,), symbol.module[:-1]) if symbol.module else None
        if outer is not None:
            yield _hit(name, f"the {outer.kind} `{outer.name}`", outer)
        if isinstance(symbol.node, ast.Define):
            for name in symbol.node.parameters:
                yield from _parameter(context, symbol, name)


def _parameter(context: Context, define: Symbol, name: ast.Identifier) -> Iterator[Hit]:
    hidden = context.symbols.find((name.text,), define.module)
    if hidden is not None:
        yield _hit(name, f"the {hidden.kind} `{hidden.name}`", hidden)
    elif name.text in context.catalog.events:
        yield _hit(name, f"the event `{name.text}`")
    elif name.text in context.catalog.entity.attributes:
        yield _hit(name, f"the attribute `{name.text}`")


def _hit(name: ast.Identifier, what: str, hidden: Symbol | None = None) -> Hit:
    related = () if hidden is None else (Label(hidden.node.name.span, "hidden there"),)
    return Hit(
        name.span, f"`{name.text}` hides {what}", help="give it another name", related=related
    )


RULE = Rule(
    code="SEG414",
    name="shadowed-name",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
