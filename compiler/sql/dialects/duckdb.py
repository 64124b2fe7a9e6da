"""DuckDB."""

from collections.abc import Iterable
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.nodes import Kernel
from segue.compiler.sql import regex
from segue.compiler.sql.dialects import walks
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.folds import Fold
from segue.compiler.sql.dialects.lists import Lists
from segue.compiler.sql.dialects.walks import AddStep, Walk
from segue.compiler.sql.trees import (
    Tree,
    add,
    all_of,
    call,
    case,
    cast,
    column,
    identifier,
    integer,
    string,
)

FAST_FACTOR = 1_000
"""Up to here a product with a column of 18 digits has room for 1e12, and is not widened."""


class DuckDBLists(Lists):
    """Lists, and lambdas over them."""

    def of(self, items: Iterable[Tree]) -> Tree:
        """`[…]`."""
        return exp.Array(expressions=list(items))

    def literal(self, items: Iterable[int | float]) -> Tree:
        """A text that is read as a list: far faster than an expression for each item."""
        known = tuple(items)
        kind = "DOUBLE[]" if any(isinstance(item, float) for item in known) else "INTEGER[]"
        return cast(string("[" + ", ".join(map(repr, known)) + "]"), kind)

    def walk(self, roots: Iterable[int], depth: int, row: Tree, trees: str) -> Tree:
        """`LIST_TRANSFORM`, once for each level: all rows and all trees go down at once."""
        walked = self.literal(roots)
        node = identifier("n")
        at, limit, below = (
            call("LIST_EXTRACT", column(name, trees), node.copy())
            for name in ("feature", "threshold", "below")
        )
        goes_right = exp.GT(this=call("LIST_EXTRACT", row, at), expression=limit)
        child = add(below, cast(goes_right, "INTEGER"))
        for _ in range(depth):
            step = exp.Lambda(this=child.copy(), expressions=[node.copy()])
            walked = call("LIST_TRANSFORM", walked, step)
        return walked

    def sum_of_leaves(self, start: Tree, leaves: Tree, values: Tree) -> Tree:
        """`LIST_REDUCE`, from the left."""
        node, a, b = identifier("n"), identifier("a"), identifier("b")
        value = call("LIST_EXTRACT", values, node.copy())
        of_leaves = call("LIST_TRANSFORM", leaves, exp.Lambda(this=value, expressions=[node]))
        total = exp.Add(this=a.copy(), expression=b.copy())
        fold = exp.Lambda(this=total, expressions=[a, b])
        return call("LIST_REDUCE", of_leaves, fold, start)


class DuckDB(Dialect):
    """DuckDB, 1.4 and later."""

    name: ClassVar[str] = "duckdb"
    title: ClassVar[str] = "DuckDB"
    sqlglot: ClassVar[str] = "duckdb"
    inline_latest: ClassVar[bool] = True
    packed: ClassVar[str | None] = "HUGEINT"
    byte: ClassVar[str | None] = "UTINYINT"
    largest_model: ClassVar[int] = 500_000
    lists: ClassVar[Lists | None] = DuckDBLists()

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`EPOCH_US`, of timestamps with and without a zone and of dates."""
        return call("EPOCH_US", column)

    def decimal_factor(self, factor: int) -> Tree:
        """`100.`, a decimal of three digits: times 100, a column of whole numbers would overflow
        its own type, and one of decimals would be widened to 128 bits, which is 20 times slower."""
        if factor > FAST_FACTOR:
            # A product of 18 digits holds all digits of both twice over: of a DECIMAL(18, 6) it
            # would overflow from a million on.
            return cast(integer(factor), "DECIMAL(19, 0)")
        return exp.Literal.number(f"{factor}.")

    def integer_divide(self, left: Tree, right: int) -> Tree:
        """`//`; `/` would be a division of doubles."""
        return exp.IntDiv(this=exp.Paren(this=left), expression=integer(right))

    def starts_with(self, value: Tree, prefix: str) -> Tree:
        """A function of its own."""
        return call("STARTS_WITH", value, string(prefix))

    def ends_with(self, value: Tree, suffix: str) -> Tree:
        """A function of its own."""
        return call("ENDS_WITH", value, string(suffix))

    def contains(self, value: Tree, part: str) -> Tree:
        """A function of its own."""
        return call("CONTAINS", value, string(part))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """RE2."""
        return call("REGEXP_MATCHES", value, string(regex.translate(pattern, regex.Flavour.RE2)))

    def hash32(self, value: Tree) -> Tree:
        """The digits read as a hexadecimal number."""
        digits = call("SUBSTR", call("MD5", value), integer(1), integer(8))
        return cast(exp.DPipe(this=string("0x"), expression=digits), self.bigint)

    def walk(self, walk: Walk, changes: str, label: str, step: AddStep) -> exp.Query:
        """`LIST_REDUCE` over a list in order."""
        before, change = (column(name) for name in ("x", "e"))
        start: Tree = cast(integer(walk.start), self.bigint)
        item: Tree = cast(column(walks.VALUE), self.bigint)
        if walk.sets:
            # What is before and what comes are of one type: a change that keeps what was.
            item = _struct(keeps=column(walks.KEEPS), value=item)
            start = _struct(keeps=integer(1), value=start)
            moved = walk.moved(self.extreme, _field(before, "value"), *_fields(change))
            body: Tree = _struct(keeps=integer(1), value=moved)
        else:
            body = walk.moved(self.extreme, before, change, integer(1))
        parameters = [identifier(name) for name in ("x", "e")]
        in_order = call("LIST", exp.Order(this=item, expressions=walks.order()))
        fold = exp.Lambda(this=body, expressions=parameters)
        folded: Tree = call("LIST_REDUCE", in_order, fold, start)
        if walk.sets:
            folded = _field(folded, "value")
        return walks.grouped([exp.alias_(folded, label, quoted=True)], changes)

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`YEAR`, `MONTH` or `DAY` of a date."""
        return call(part.upper(), self.date_of(days))

    def latest(self, fold: Fold) -> Tree:
        """The extreme of pairs, which are ordered by time and then by value."""
        assert fold.value is not None
        pair = _struct(t=fold.time, v=fold.value.copy())
        condition = all_of([*fold.conditions, self.present(fold.value)])
        assert condition is not None
        name = "MAX" if fold.kernel is Kernel.LAST else "MIN"
        chosen = call(name, case((condition, pair)))
        return _field(chosen, "v")


def _struct(**fields: Tree) -> Tree:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=identifier(name), expression=tree) for name, tree in fields.items()
        ]
    )


def _field(struct: Tree, name: str) -> Tree:
    return exp.Dot(this=exp.Paren(this=struct), expression=identifier(name))


def _fields(change: Tree) -> tuple[Tree, Tree]:
    return _field(change, "value"), _field(change.copy(), "keeps")
