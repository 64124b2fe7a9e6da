"""Small constructors of sqlglot nodes: identifiers quoted, functions spelled as given.

sqlglot's own constructors guess a meaning (`exp.func("FLOOR")` becomes a node that each
dialect writes in its own way). These never do: what is written here is what comes out.
"""

from collections.abc import Iterable
from functools import cache

from sqlglot import exp

from segue.compiler.plan.moments import Moment

Tree = exp.Expr


def identifier(name: str) -> exp.Identifier:
    """A quoted identifier."""
    return exp.to_identifier(name, quoted=True)


def column(name: str, table: str | None = None) -> exp.Column:
    """A column, of a named table or of the only one in sight."""
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def named(tree: Tree, name: str) -> exp.Alias:
    """`tree AS name`, the tree itself and no copy of it: it may be large."""
    return exp.Alias(this=tree, alias=identifier(name))


def call(name: str, *arguments: Tree) -> exp.Anonymous:
    """A function call, spelled exactly so."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(value: Tree, type_name: str) -> exp.Cast:
    """`CAST(value AS type_name)`, the type spelled exactly so."""
    return exp.Cast(this=value, to=_type(type_name).copy())


@cache
def _type(name: str) -> exp.DataType:
    # To read a name takes ten times as long as to copy what came of it.
    return exp.DataType.build(name, udt=True)


def integer(value: int) -> Tree:
    """A whole number."""
    if isinstance(value, Moment):
        return exp.Literal(this=value.mark("n"), is_string=False)
    return exp.Literal.number(value)


def string(value: str) -> exp.Literal:
    """A string literal."""
    return exp.Literal.string(value)


def null() -> exp.Null:
    """`NULL`."""
    return exp.Null()


def case(*branches: tuple[Tree, Tree], default: Tree | None = None) -> exp.Case:
    """`CASE WHEN … THEN … ELSE … END`."""
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=default)


def coalesce(value: Tree, default: Tree) -> exp.Coalesce:
    """`COALESCE(value, default)`."""
    return exp.Coalesce(this=value, expressions=[default])


def is_null(value: Tree) -> Tree:
    """`value IS NULL`."""
    return exp.Is(this=value, expression=null())


def not_null(value: Tree) -> Tree:
    """`NOT value IS NULL`."""
    return exp.Not(this=is_null(value))


def all_of(conditions: Iterable[Tree]) -> Tree | None:
    """The conjunction of conditions; None for none."""
    parts = list(conditions)
    return exp.and_(*parts, copy=False) if parts else None


def any_of(conditions: Iterable[Tree]) -> Tree | None:
    """The disjunction of conditions; None for none."""
    parts = list(conditions)
    return exp.or_(*parts, copy=False) if parts else None


def add(left: Tree, right: Tree) -> Tree:
    """`left + right`, each bracketed where it must be."""
    sides = (side if isinstance(side, exp.Mul) else bracket(side) for side in (left, right))
    return exp.Add(this=next(sides), expression=next(sides))


def subtract(left: Tree, right: Tree) -> Tree:
    """`left - right`, each bracketed where it must be."""
    return exp.Sub(this=bracket(left), expression=bracket(right))


def multiply(left: Tree, right: Tree) -> Tree:
    """`left * right`, each bracketed where it must be."""
    return exp.Mul(this=bracket(left), expression=bracket(right))


_ATOMIC = (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Null, exp.Boolean, exp.Subquery)


def is_atomic(tree: Tree) -> bool:
    """Whether a tree binds tighter than any operator. `AND` and `CASE` are `Func`s in sqlglot."""
    return isinstance(tree, _ATOMIC) and not isinstance(tree, exp.Binary | exp.Connector | exp.Not)


def bracket(tree: Tree) -> Tree:
    """The tree as an operand, in brackets unless it cannot fall apart."""
    return tree if is_atomic(tree) else exp.Paren(this=tree)


def tidy(tree: Tree) -> None:
    """Takes out, in place, brackets inside brackets, around single words, or around arguments."""
    for paren in list(tree.find_all(exp.Paren)):
        inner = paren.this
        whole = isinstance(
            paren.parent, exp.Paren | exp.Alias | exp.If | exp.Coalesce | exp.Anonymous | exp.Cast
        )
        if whole or is_atomic(inner):
            paren.replace(inner)
