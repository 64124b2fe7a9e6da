"""PostgreSQL."""

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import TimeKind
from segue.compiler.plan.nodes import Kernel
from segue.compiler.sql import regex
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.folds import Fold, is_one
from segue.compiler.sql.trees import (
    Tree,
    all_of,
    call,
    cast,
    identifier,
    integer,
    multiply,
    string,
)


class Postgres(Dialect):
    """PostgreSQL, 14 and later."""

    name: ClassVar[str] = "postgres"
    sqlglot: ClassVar[str] = "postgres"
    double: ClassVar[str] = "DOUBLE PRECISION"
    text: ClassVar[str] = "TEXT"
    max_identifier: ClassVar[int] = 63
    # Otherwise the planner writes shared expressions back into every place that uses them.
    materialize: ClassVar[bool | None] = True
    inline_latest: ClassVar[bool] = True

    def epoch(self, column: Tree, kind: TimeKind) -> Tree:
        """`EXTRACT(EPOCH …)`, which is an exact decimal."""
        seconds = exp.Extract(this=exp.Var(this="EPOCH"), expression=column)
        return cast(multiply(seconds, integer(1_000_000)), self.bigint)

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
