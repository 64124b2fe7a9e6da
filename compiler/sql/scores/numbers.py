"""The arithmetic of `segue.compiler.scores.numbers` as expressions, step by step.

A step gives names to what later steps use more than once, so that no engine computes it twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from segue.compiler.scores import numbers
from segue.compiler.scores.model import DAY_UNIT, Isotonic, ScoreKind
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.names import Names
from segue.compiler.sql.trees import (
    Tree,
    add,
    bracket,
    case,
    column,
    integer,
    multiply,
    subtract,
)

AddColumns = Callable[[Mapping[str, Tree]], None]
"""Adds a step in which these expressions are columns beside all columns there are."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What the steps of one score are made with."""

    dialect: Dialect
    names: Names
    add_columns: AddColumns

    def double(self, value: float) -> Tree:
        """A constant."""
        return self.dialect.float_literal(value)

    def named(self, title: str, tree: Tree) -> Tree:
        """An expression as a column of a step of its own."""
        name = self.names.fresh(title)
        self.add_columns({name: tree})
        return column(name)

    def logistic(self, x: Tree) -> Tree:
        """`numbers.logistic` of a column."""
        lowest = self.double(numbers.LOWEST)
        falls = exp.LT(this=x.copy(), expression=self.double(0.0))
        below = case((falls.copy(), x.copy()), default=exp.Neg(this=x.copy()))
        in_range = case(
            (exp.LT(this=exp.Abs(this=x.copy()), expression=self.double(-numbers.LOWEST)), below),
            default=lowest.copy(),
        )
        small = self.exponential(self.named("below_0", in_range))
        above = add(self.double(1.0), small.copy())
        return case(
            (exp.LT(this=x.copy(), expression=lowest), self.double(0.0)),
            (falls, self._quotient(small, above.copy())),
            default=self._quotient(self.double(1.0), above),
        )

    def exponential(self, x: Tree) -> Tree:
        """`numbers.exponential` of a column."""
        logarithm = multiply(x.copy(), self.double(numbers.LOG2_E))
        half = subtract(self.double(0.5), logarithm)
        halvings = self.named("halvings", self.dialect.floor(half))
        count = self.dialect.to_double(halvings.copy(), 0)
        high = add(multiply(count, self.double(numbers.LN2_HIGH)), x)
        low = multiply(count.copy(), self.double(numbers.LN2_LOW))
        r = self.named("r", add(exp.Paren(this=high), low))
        power = self.double(numbers.TAYLOR[0])
        for coefficient in numbers.TAYLOR[1:]:
            power = add(multiply(power, r.copy()), self.double(coefficient))
        power = self.named("power_of_r", power)
        for bit, factor in numbers.POWERS:
            remainder = self.dialect.remainder(halvings.copy(), 2 * bit)
            is_set = exp.GTE(this=remainder, expression=integer(bit))
            power = multiply(power, case((is_set, self.double(factor)), default=self.double(1.0)))
        return self.named("power_of_e", power)

    def line(self, line: Isotonic, x: Tree) -> Tree:
        """A probability, a column, read off a line."""
        branches = [(self._at_most(x, line.x[0]), self.double(line.y[0]))]
        for i, slope in enumerate(numbers.slopes(line)):
            run = subtract(x.copy(), self.double(line.x[i]))
            rise = multiply(exp.Paren(this=run), self.double(slope))
            value = add(self.double(line.y[i]), rise)
            top = self.double(line.y[i + 1])
            capped = self.dialect.extreme("least", value, top)
            branches.append((self._at_most(x, line.x[i + 1]), capped))
        return case(*branches, default=self.double(line.y[-1]))

    def bounded(self, kind: ScoreKind, x: Tree) -> Tree:
        """A column within the bounds of its kind, as the plan has it."""
        match kind:
            case ScoreKind.PROBABILITY:
                return self._between(x, 1.0)
            case ScoreKind.AMOUNT:
                above = exp.GT(this=x.copy(), expression=self.double(0.0))
                return case((above, x), default=self.double(0.0))
            case ScoreKind.DURATION:
                days = self.named("days", self._between(x, numbers.LONGEST))
                exact = add(multiply(days, self.double(float(DAY_UNIT))), self.double(0.5))
                return self.dialect.floor(self.named("microseconds", exact))
            case _:
                return x

    def greatest(self, outputs: list[Tree], classes: tuple[str, ...]) -> Tree:
        """The class of the greatest of some columns, the first of equal ones."""
        if len(outputs) == 1:
            return exp.Literal.string(classes[0])

        def greater(a: Tree, b: Tree) -> Tree:
            return self.dialect.extreme("greatest", a.copy(), b.copy())

        top = self.named("greatest", reduce(greater, outputs))
        *named, last = zip(outputs, classes, strict=True)
        branches = [
            (exp.EQ(this=output.copy(), expression=top.copy()), exp.Literal.string(name))
            for output, name in named
        ]
        return case(*branches, default=exp.Literal.string(last[1]))

    def _between(self, x: Tree, top: float) -> Tree:
        return case(
            (exp.GT(this=x.copy(), expression=self.double(top)), self.double(top)),
            (exp.GT(this=x.copy(), expression=self.double(0.0)), x),
            default=self.double(0.0),
        )

    def _at_most(self, x: Tree, limit: float) -> Tree:
        return exp.LTE(this=x.copy(), expression=self.double(limit))

    def _quotient(self, left: Tree, right: Tree) -> Tree:
        return exp.Div(this=left, expression=bracket(right), typed=True, safe=False)
