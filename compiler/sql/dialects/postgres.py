"""PostgreSQL."""

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import Field, TimeKind
from segue.compiler.plan.nodes import Expr, Kernel
from segue.compiler.sql import regex
from segue.compiler.sql.dialects import walks
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.doubles import divided, guarded_once
from segue.compiler.sql.dialects.folds import Fold, is_one
from segue.compiler.sql.dialects.walks import AddStep, Walk
from segue.compiler.sql.limits import Limit, Limits
from segue.compiler.sql.trees import (
    Tree,
    add,
    all_of,
    call,
    cast,
    column,
    identifier,
    integer,
    multiply,
    string,
)
from segue.compiler.types import TEXTS, Type


class Postgres(Dialect):
    """PostgreSQL, 14 and later."""

    name: ClassVar[str] = "postgres"
    title: ClassVar[str] = "PostgreSQL"
    sqlglot: ClassVar[str] = "postgres"
    double: ClassVar[str] = "DOUBLE PRECISION"
    text: ClassVar[str] = "TEXT"
    max_identifier: ClassVar[int] = 63
    limits: ClassVar[Limits] = Limits(
        columns=Limit(1_664, "https://www.postgresql.org/docs/current/limits.html"),
    )
    # Otherwise the planner writes shared expressions back into every place that uses them.
    materialize: ClassVar[bool | None] = True
    inline_latest: ClassVar[bool] = True
    largest_model: ClassVar[int] = 200_000
    repeats: ClassVar[bool] = True

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`EXTRACT(EPOCH …)`, which is an exact decimal."""
        seconds = exp.Extract(this=exp.Var(this="EPOCH"), expression=column)
        return cast(multiply(seconds, integer(1_000_000)), self.bigint)

    def compared_float(self, value: float) -> Tree:
        """A decimal, which becomes the nearest double when the statement is read."""
        return exp.Literal.number(repr(value))

    def decimal_factor(self, factor: int) -> Tree:
        """`100.`, a decimal: times 100, a column of whole numbers would overflow its own type."""
        return exp.Literal.number(f"{factor}.")

    def doubles(self, node: Callable[..., Tree], left: Tree, right: Tree, expr: Expr) -> Tree:
        """Postgres stops where a result is not finite, or rounds to 0: it is never computed."""
        return guarded_once(node, left, right, expr, self.float_literal)

    def double_quotient(self, left: Tree, right: Tree, expr: Expr) -> Tree:
        """The same for a quotient."""
        return guarded_once(divided, left, self.divisor(right), expr, self.float_literal)

    def leaf(self, column: Tree, field: Field) -> Tree:
        """Text as `TEXT`, also of a column of `citext`, to which `Ann` and `ann` are the same."""
        leaf = super().leaf(column, field)
        return cast(leaf, self.text) if field.type.kind in TEXTS else leaf

    def key(self, value: Tree, type: Type) -> Tree:
        """The same for keys: it costs nothing, and indexes of ordinary columns are used."""
        known = isinstance(value, exp.Literal) or type.kind not in TEXTS
        return value if known else cast(value, self.text)

    def is_key(self, value: Tree, key: Tree, type: Type) -> Tree:
        """Also as the column has it, by which an index on a `uuid` or a `citext` finds the row."""
        same = super().is_key(value, key, type)
        if type.kind not in TEXTS:
            return same
        found = exp.EQ(this=value.copy(), expression=key.copy())
        return exp.and_(found, same, copy=False)

    def binary_text(self, value: Tree) -> Tree:
        """`COLLATE "C"`."""
        if isinstance(value, exp.Literal):
            return value
        return exp.Collate(this=value, expression=identifier("C"))

    def matches(self, value: Tree, pattern: str) -> Tree:
        """`~`."""
        translated = regex.translate(pattern, regex.Flavour.POSTGRES)
        return exp.RegexpLike(this=value, expression=string(translated))

    def trim(self, value: Tree) -> Tree:
        """`BTRIM`."""
        trimmed = super().trim(value)
        trimmed.set("this", "BTRIM")
        return trimmed

    def hash32(self, value: Tree) -> Tree:
        """The digits read as bits."""
        digits = call("SUBSTR", call("MD5", value), integer(1), integer(8))
        bits = cast(exp.DPipe(this=string("x"), expression=digits), "BIT(32)")
        return cast(bits, self.bigint)

    def walk(self, walk: Walk, changes: str, label: str, step: AddStep) -> exp.Query:
        """A recursion along an array in order, for each entity by itself."""
        arrays = {
            name: exp.ArrayAgg(this=exp.Order(this=column(name), expressions=walks.order()))
            for name in ((walks.VALUE, walks.KEEPS) if walk.sets else (walks.VALUE,))
        }
        items = [exp.alias_(tree, name, quoted=True) for name, tree in arrays.items()]
        size = exp.alias_(exp.Count(this=exp.Star()), "size", quoted=True)
        lists = step("lists", walks.grouped([*items, size], changes))
        place = add(column("n", "walk"), integer(1))
        change, keeps = (
            exp.Bracket(this=column(name, "l"), expressions=[place.copy()], offset=1)
            for name in (walks.VALUE, walks.KEEPS)
        )
        moved = walk.moved(self.extreme, column("x", "walk"), change, keeps)
        first = exp.select(cast(integer(0), self.bigint), cast(integer(walk.start), self.bigint))
        further = exp.select(place, moved, copy=False).from_("walk", copy=False)
        more = exp.LT(this=column("n", "walk"), expression=column("size", "l"))
        at_end = exp.EQ(this=column("n", "walk"), expression=column("size", "l"))
        last = exp.select(column("x", "walk"), copy=False).from_("walk", copy=False).where(at_end)
        state = walks.with_recursive(last, "walk", ("n", "x"), first, further.where(more))
        source = exp.Table(this=identifier(lists), alias=exp.TableAlias(this=identifier("l")))
        items = [column(walks.ENTITY_KEY, "l"), exp.alias_(state.subquery(), label, quoted=True)]
        return exp.select(*items, copy=False).from_(source, copy=False)

    def civil_part(self, part: str, days: Tree) -> Tree:
        """`EXTRACT` from a date."""
        extracted = exp.Extract(this=exp.Var(this=part.upper()), expression=self.date_of(days))
        return cast(extracted, self.bigint)

    def conditional(
        self,
        function: Callable[..., Tree],
        conditions: list[Tree],
        value: Tree,
        *,
        distinct: bool = False,
    ) -> Tree:
        """`FILTER`, which is faster here than `CASE`."""
        if function is exp.Count and not distinct and is_one(value):
            value = exp.Star()
        folded = function(this=exp.Distinct(expressions=[value]) if distinct else value)
        return _filtered(folded, conditions)

    def latest(self, fold: Fold) -> Tree:
        """The first of an array in order."""
        assert fold.value is not None
        last = fold.kernel is Kernel.LAST
        order = [
            exp.Ordered(this=key, desc=last, nulls_first=last)
            for key in (fold.time, self.ordered_value(fold.value.copy(), fold.type))
        ]
        array = exp.ArrayAgg(this=exp.Order(this=fold.value, expressions=order))
        folded = _filtered(array, [*fold.conditions, self.present(fold.value)])
        return exp.Bracket(this=exp.Paren(this=folded), expressions=[integer(1)], offset=1)


def _filtered(folded: Tree, conditions: list[Tree]) -> Tree:
    condition = all_of(conditions)
    if condition is None:
        return folded
    return exp.Filter(this=folded, expression=exp.Where(this=condition))
