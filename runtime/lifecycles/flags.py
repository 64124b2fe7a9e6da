"""The conditions of lifecycles as bits beside the flags of segments, so that a run scans once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr
from segue.compiler.sql.statements import WORD_BITS


@dataclass(frozen=True, slots=True)
class Flags:
    """Conditions, each at a bit: number `i` is bit `i % 62` of the column `truths_{i // 62}`."""

    conditions: tuple[Expr, ...] = ()

    @property
    def columns(self) -> Sequence[str]:
        """The columns that hold the bits."""
        return [f"truths_{word}" for word in range(-(-len(self.conditions) // WORD_BITS))]

    @property
    def places(self) -> Mapping[int, int]:
        """The number of each condition, by its id."""
        return {condition.id: number for number, condition in enumerate(self.conditions)}

    def holds(self, condition: Expr, table: str) -> exp.Expr:
        """Whether a condition is true in a row of a table that has the columns."""
        word, bit = divmod(self.places[condition.id], WORD_BITS)
        column = exp.column(f"truths_{word}", table, quoted=True)
        flag = exp.BitwiseAnd(this=column, expression=exp.Literal.number(1 << bit))
        return exp.NEQ(this=exp.paren(flag), expression=exp.Literal.number(0))


NO_FLAGS = Flags()


def flags_of(lifecycles: Iterable[Lifecycle]) -> Flags:
    """The places of all conditions of some lifecycles; one that several share has one."""
    found: dict[int, Expr] = {}
    for lifecycle in lifecycles:
        for condition in lifecycle.conditions:
            found.setdefault(condition.id, condition)
    return Flags(tuple(found.values()))
