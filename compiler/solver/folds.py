"""Aggregates of a value over cells: sums, extremes, the first and the last, how many different."""

from typing import TYPE_CHECKING, Any

from segue.compiler.operators.solver_terms import (
    Z3,
    Term,
    all_of,
    any_of,
    implied,
    opposite,
    z3,
)
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel
from segue.compiler.plan.windows import Calendar, Sliding
from segue.compiler.solver.cell_rows import CellRows, CellValue, sum_of
from segue.compiler.solver.ranges import Range, range_of
from segue.compiler.solver.rows import Reading, Row
from segue.compiler.solver.selections import Fulfils, Selection
from segue.compiler.solver.world import aggregates, finished
from segue.compiler.types import Kind

if TYPE_CHECKING:
    from segue.compiler.solver.cells import CellHistory


class ValueFold:
    """One aggregate of a value over the cells that it takes."""

    def __init__(
        self,
        history: "CellHistory",
        node: Expr,
        aggregate: Aggregate,
        value: Expr,
        taken: list[tuple[CellRows, Selection]],
    ) -> None:
        self.history, self.world = history, history.world
        self.node, self.aggregate, self.value, self.taken = node, aggregate, value, taken
        self.parts = [(cell, selection, self._value(cell, selection)) for cell, selection in taken]
        self.counted = sum_of(part.present for _, _, part in self.parts)

    def term(self) -> Term:
        """The result."""
        some = self.counted > 0
        assert self.aggregate.kernel is not Kernel.COLLECT, "states are not looked into"
        match self.aggregate.kernel:
            case Kernel.COUNT:
                return Term(self.counted)
            case Kernel.SUM:
                return Term(sum_of(self._sum_of(*part) for part in self.parts))
            case Kernel.DISTINCT:
                return Term(self._distinct())
            case Kernel.MODE:
                return Term(self._one_of("mode"), some)
            case Kernel.MIN | Kernel.MAX:
                return Term(self._extreme(self.aggregate.kernel), some)
            case Kernel.FIRST | Kernel.LAST if self.value.op == "event_time":
                first = self.aggregate.kernel is Kernel.FIRST
                return Term(self._extreme(Kernel.MIN if first else Kernel.MAX), some)
            case Kernel.FIRST | Kernel.LAST:
                return Term(self._latest(), some)

    def _read(self, row: Row, selection: Selection) -> Term:
        return self.world.lower(self.value, Reading({0: (row, selection.event)}))

    def _value(self, cell: CellRows, selection: Selection) -> CellValue:
        key = (self.value.id, selection.event.name)
        if key not in cell.values:
            cell.values[key] = CellValue(self._present(cell, selection))
        return cell.values[key]

    def _present(self, cell: CellRows, selection: Selection) -> Z3:
        """How many rows of a cell have the value."""
        if self._read(cell.any, selection).present is True:
            return cell.count
        name = f"{self.value.id} {cell.name} {selection.event.name}"
        present = z3.Int(f"rows with {name}")
        self.world.fact(z3.And(present >= 0, present <= cell.count))
        for role, condition, there in (
            ("one with", present > 0, True),
            ("one without", present < cell.count, False),
        ):
            row = self.history.row_of(cell, selection, f"{role} {self.value.id}")
            has = self._read(row, selection).present
            self.world.fact(implied(condition, has if there else opposite(has)))
        return present

    def _role(self, cell: CellRows, selection: Selection, part: CellValue, role: str) -> Any:
        """A row of the cell that has the value, and the value."""
        if role not in part.parts:
            row = self.history.row_of(cell, selection, f"{role} {self.value.id}")
            term = self._read(row, selection)
            self.world.fact(implied(part.present > 0, term.present))
            part.parts[role] = (row, term.value)
        return part.parts[role]

    # ------------------------------------------------------------------------ sums

    def _sum_of(self, cell: CellRows, selection: Selection, part: CellValue) -> Z3:
        if "sum" not in part.parts:
            total = z3.Int(f"sum of {self.value.id} {cell.name} {selection.event.name}")
            wheres = [a.where for a in cell.cell if isinstance(a, Fulfils)]
            span = range_of(self.value, selection.event, wheres)
            self.world.fact(implied(part.present == 0, total == 0))
            self._state_bounds(total, part.present, span)
            self._state_extremes(cell, selection, part, total)
            part.parts["sum"] = total
        return part.parts["sum"]

    def _state_bounds(self, total: Z3, present: Z3, span: Range) -> None:
        if span.low is not None:
            self.world.fact(total >= present * span.low)
        if span.high is not None:
            self.world.fact(total <= present * span.high)

    def _state_extremes(
        self, cell: CellRows, selection: Selection, part: CellValue, total: Z3
    ) -> None:
        """Between `n` times the least value and `n` times the greatest, for the constants that
        the rules compare with: with the unknown extremes themselves it would not be linear."""
        if not self._has_extremes():
            return
        least = self._role(cell, selection, part, "least")[1]
        most = self._role(cell, selection, part, "greatest")[1]
        some = part.present > 0
        self.world.fact(implied(some, least <= most))
        self.world.fact(implied(part.present == 1, all_of(total == least, total == most)))
        for constant in self._comparable():
            n = part.present
            self.world.fact(implied(all_of(some, least >= constant), total >= constant * n))
            self.world.fact(implied(all_of(some, least > constant), total > constant * n))
            self.world.fact(implied(all_of(some, most <= constant), total <= constant * n))
            self.world.fact(implied(all_of(some, most < constant), total < constant * n))

    def _has_extremes(self) -> bool:
        """Whether the rules ask for the least or the greatest of the same value."""
        return any(
            node.param.kernel in (Kernel.MIN, Kernel.MAX) and node.param.value is self.value
            for node in aggregates(self.world.nodes)
            if isinstance(node.param, Aggregate)
        )

    def _comparable(self) -> list[int]:
        """Constants in the units of the value, from all that the rules mention."""
        scale = self.value.type.scale
        found: dict[int, None] = {}
        for node in self.history.constants:
            if isinstance(node.param, bool) or not isinstance(node.param, int | float):
                continue
            amount = node.param * 10**scale / 10**node.type.scale
            if amount == int(amount):
                found[int(amount)] = None
        return list(found)

    # -------------------------------------------------------------- single values

    def _result(self) -> Z3:
        return self.world.unknown(self.node, ()).value

    def _extreme(self, kernel: Kernel) -> Z3:
        least = kernel is Kernel.MIN
        result, role = self._result(), "least" if least else "greatest"
        attained = []
        for cell, selection, part in self.parts:
            value = self._role(cell, selection, part, role)[1]
            there = part.present > 0
            self._state_order(cell, selection, part)
            self.world.fact(implied(there, result <= value if least else result >= value))
            attained.append(all_of(there, result == value))
        self.world.fact(implied(self.counted > 0, any_of(*attained)))
        return result

    def _state_order(self, cell: CellRows, selection: Selection, part: CellValue) -> None:
        if {"least", "greatest"} <= part.parts.keys() and "ordered" not in part.parts:
            least, most = part.parts["least"][1], part.parts["greatest"][1]
            self.world.fact(implied(part.present > 0, least <= most))
            self.world.fact(implied(part.present == 1, least == most))
            part.parts["ordered"] = True

    def _one_of(self, role: str) -> Z3:
        """A value that some row has."""
        result = self._result()
        found = [
            all_of(part.present > 0, result == self._role(cell, selection, part, role)[1])
            for cell, selection, part in self.parts
        ]
        self.world.fact(implied(self.counted > 0, any_of(*found)))
        return result

    def _latest(self) -> Z3:
        """The value of the first or the last row, of rows in several cells."""
        last = self.aggregate.kernel is Kernel.LAST
        role = "last with" if last else "first with"
        rows = [
            (part.present > 0, selection, *self._role(cell, selection, part, role))
            for cell, selection, part in self.parts
        ]
        times = [row.time(self.world, selection.event) for _, selection, row, _ in rows]
        result = self._result()
        found = []
        for (there, _, _, value), time in zip(rows, times, strict=True):
            beats = (
                implied(other[0], time >= t if last else time <= t)
                for other, t in zip(rows, times, strict=True)
                if other[0] is not there
            )
            found.append(all_of(there, finished(result == value), *beats))
        self.world.fact(implied(self.counted > 0, any_of(*found)))
        return result

    def _distinct(self) -> Z3:
        result = self._result()
        fact = self.world.fact
        fact(z3.And(result >= 0, result <= self.counted))
        fact(implied(self.counted > 0, result >= 1))
        most = _different_values(self.value)
        if most is not None:
            fact(result <= most)
        names = frozenset(f"{c.name} {s.event.name}" for c, s, _ in self.parts)
        self.history.distinct(self.value, names, result)
        return result


def _different_values(value: Expr) -> int | None:
    """How many different values an expression has at the most, where that is known."""
    if value.type.kind is Kind.BOOL:
        return 2
    if value.type.values is not None:
        return len(value.type.values)
    if value.op == "period" and isinstance(value.param, tuple):
        window, unit, *_ = value.param
        if isinstance(window, Sliding) and isinstance(unit, int):
            return (window.start - window.end) // unit
        if isinstance(window, Calendar) and window.unit == unit:
            return window.count
    return None
