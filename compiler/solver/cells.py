"""Customers with any number of events: where the solver looks for a proof.

The rows of a table fall into cells (see `selections`). Of each cell the solver knows how many
rows it has, and what the aggregates ask: the sum, the least and the greatest of a value, the
latest row. An aggregate is then made of the cells it takes, which is where the facts about
windows and filters come from: a count over 7 days is a part of the count over 30 days, a sum of
what is never negative grows with its window, an average does not.

Whatever real events a customer has, there are cells like theirs, so what holds in no cells
holds for nobody. The converse is not true: cells say less than rows do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from segue.compiler.catalog.model import TableEvent
from segue.compiler.operators.solver_terms import (
    Z3,
    Term,
    Truth,
    all_of,
    any_of,
    implied,
    opposite,
    truth,
    z3,
)
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel, Step
from segue.compiler.plan.windows import DAY, Calendar, Ever, Fixed, FixedDays, LastEvents, Sliding
from segue.compiler.solver.ranges import Range, range_of
from segue.compiler.solver.rows import Reading, Row
from segue.compiler.solver.selections import (
    Atom,
    Cell,
    Followed,
    Fulfils,
    InWindow,
    OfEvent,
    Selection,
    cells,
    selections,
)
from segue.compiler.solver.world import World, aggregates, finished
from segue.compiler.types import Kind

MOST_CELLS = 64
# Days of the shortest and of the longest calendar period.
_LENGTHS = {
    "day": (1, 1),
    "week": (7, 7),
    "month": (28, 31),
    "quarter": (90, 92),
    "year": (365, 366),
}


@dataclass
class CellRows:
    """The rows of one cell: how many, any of them, and its sums and extremes by value."""

    name: str
    cell: Cell
    count: Z3
    any: Row
    values: dict[tuple[int, str], "CellValue"] = field(default_factory=dict)


@dataclass
class CellValue:
    """A value over the rows of a cell: how many rows have it, and what aggregates ask of it."""

    present: Z3
    parts: dict[str, Any] = field(default_factory=dict)


class CellHistory:
    """The events of a customer, as cells."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.too_wide: list[str] = []
        self._terms: dict[int, Term] = {}
        self._atoms: dict[str, dict[Atom, None]] = {}
        self._cells: dict[str, list[CellRows]] = {}
        self._distinct: list[tuple[int, frozenset[str], Z3]] = []
        self._starts: dict[tuple[str, int], Z3] = {}
        self._constants = [n for n in world.nodes if n.op == "literal"]
        for node in aggregates(world.nodes):
            self._plan(node)

    def _plan(self, node: Expr) -> None:
        """Takes the atoms of an aggregate into account, unless there would be too many cells."""
        assert isinstance(node.param, Aggregate)
        for selection in selections(node.param, self.world.catalog):
            known = self._atoms.setdefault(selection.table, {})
            wider = {**known, **dict.fromkeys(sorted(selection.atoms, key=repr))}
            if len(list(cells(wider))) <= MOST_CELLS:
                self._atoms[selection.table] = wider
            elif node.param.event not in self.too_wide:
                self.too_wide.append(node.param.event)

    # ------------------------------------------------------------------- the cells

    def _of_table(self, table: str) -> list[CellRows]:
        if table not in self._cells:
            made = [
                self._cell(f"{table} {number}", table, cell)
                for number, cell in enumerate(cells(self._atoms[table]))
            ]
            self._cells[table] = made
            self._state_last_events(table, made)
            for cell in made:
                for atom in cell.cell:
                    if isinstance(atom, Followed) and not atom.steps[0].negated:
                        state = partial(self._state_follower, cell, atom, atom.steps[0])
                        self.world.later(state)
        return self._cells[table]

    def _cell(self, name: str, table: str, cell: Cell) -> CellRows:
        count, row = z3.Int(f"rows of {name}"), Row(f"a row of {name}", table)
        self.world.fact(count >= 0)
        self.world.later(partial(self._state_membership, count, row, table, cell))
        return CellRows(name, cell, count, row)

    def _state_membership(self, count: Z3, row: Row, table: str, cell: Cell) -> None:
        self.world.fact(implied(count > 0, self._belongs(row, table, cell)))

    def _belongs(self, row: Row, table: str, cell: Cell) -> Truth:
        """That a row has the atoms of a cell and no others of its table."""
        parts = []
        for atom in self._atoms[table]:
            holds = self._holds(atom, row)
            if holds is not None:
                parts.append(holds if atom in cell else opposite(holds))
        return all_of(*parts)

    def _holds(self, atom: Atom, row: Row) -> Truth | None:
        """Whether an atom is true of a row; None where any row may have it or not."""
        event = self.world.catalog.events[atom.event]
        assert isinstance(event, TableEvent)
        match atom:
            case OfEvent():
                happened = row.time(self.world, event) <= self.world.as_of.value
                return all_of(row.is_of(self.world, event), happened)
            case Fulfils(_, where):
                return truth(self.world.lower(where, Reading({0: (row, event)})))
            case InWindow(_, _, window):
                return self._inside(row.time(self.world, event), window)
            case Followed():
                return None

    def _inside(self, time: Z3, window: Any) -> Truth | None:
        as_of = self.world.as_of.value
        happened = time <= as_of
        match window:
            case Sliding(start, end, closed):
                after = time >= as_of - start if closed else time > as_of - start
                return all_of(after, time <= as_of - end)
            case Fixed(start, end):
                after = True if start is None else time >= start
                return all_of(happened, after, True if end is None else time <= end)
            case FixedDays(first, last):
                return all_of(happened, *self._between_days(time, first, last))
            case Calendar(unit, count, previous):
                periods = count if previous else count - 1
                after = time >= self._period_start(unit, periods)
                ended = time < self._period_start(unit, 0) if previous else True
                return all_of(happened, after, ended)
        return None

    def _between_days(self, time: Z3, first: int | None, last: int | None) -> list[Truth]:
        """From one local day to another: where a day begins is known within two days."""
        edges = []
        for day, is_end in ((first, False), (last, True)):
            if day is not None:
                day += is_end
                edge = z3.Int(f"start of day {day}")
                self.world.fact(z3.And(edge >= (day - 1) * DAY, edge <= (day + 1) * DAY))
                edges.append(time < edge if is_end else time >= edge)
        return edges

    def _period_start(self, unit: str, back: int) -> Z3:
        """When the calendar period began that is so many before the current one.

        Zones and calendars decide; a day more or less is left open.
        """
        start = z3.Int(f"start of the {unit} {back} back")
        if (unit, back) in self._starts:
            return start
        shortest, longest = _LENGTHS[unit]
        as_of = self.world.as_of.value
        self.world.fact(start <= as_of - max(0, shortest * back - 1) * DAY)
        self.world.fact(start >= as_of - (longest * (back + 1) + 1) * DAY)
        for (other, other_back), known in self._starts.items():
            if other == unit:
                gap = (shortest * abs(back - other_back) - 1) * DAY
                first, second = (start, known) if back > other_back else (known, start)
                self.world.fact(first <= second - max(gap, 1))
            elif back == other_back == 0 and "week" not in (unit, other):
                # A month begins with a day of its own; weeks lie across months.
                wider = _LENGTHS[unit] > _LENGTHS[other]
                first, second = (start, known) if wider else (known, start)
                self.world.fact(first <= second)
        self._starts[unit, back] = start
        return start

    def _state_last_events(self, table: str, made: list[CellRows]) -> None:
        """`over last 5` takes five rows, or all where there are fewer."""
        for atom in self._atoms[table]:
            if isinstance(atom, InWindow) and isinstance(atom.window, LastEvents):
                event = OfEvent(atom.event)
                of_event = [c for c in made if event in c.cell or event not in self._atoms[table]]
                total = _sum(c.count for c in of_event)
                taken = _sum(c.count for c in of_event if atom in c.cell)
                most = atom.window.count
                self.world.fact(taken == z3.If(total < most, total, most))

    def _state_follower(self, cell: CellRows, atom: Followed, step: Step) -> None:
        """After any row of the cell comes one that the step asks for."""
        first = self.world.catalog.events[atom.event]
        assert isinstance(first, TableEvent)
        time = cell.any.time(self.world, first)
        found = []
        for selection in self._all_of_event(step.event):
            table = selection.table
            if table not in self._atoms or not selection.atoms <= self._atoms[table].keys():
                return  # Rows of that table are not told.
            for other in self._of_table(table):
                if not selection.atoms <= other.cell:
                    continue
                row = self.row_of(other, selection, f"follower of {cell.name}")
                at = row.time(self.world, selection.event)
                reading = Reading({0: (cell.any, first), 1: (row, selection.event)})
                near = True if step.within is None else at <= time + step.within
                where = True if step.where is None else truth(self.world.lower(step.where, reading))
                found.append(all_of(other.count > 0, at > time, near, where))
        self.world.fact(implied(cell.count > 0, any_of(*found)))

    def _all_of_event(self, event: str) -> tuple[Selection, ...]:
        """What `count(event)` takes."""
        return selections(Aggregate(Kernel.COUNT, event, Ever()), self.world.catalog)

    # -------------------------------------------------------------- the aggregates

    def aggregate(self, node: Expr) -> Term:
        """The result of a fold of events."""
        if node.id not in self._terms:
            self._terms[node.id] = self._aggregate(node)
        return self._terms[node.id]

    def _aggregate(self, node: Expr) -> Term:
        aggregate = node.param
        assert isinstance(aggregate, Aggregate)
        chosen = selections(aggregate, self.world.catalog)
        if any(not s.atoms <= self._atoms[s.table].keys() for s in chosen):
            return self._unknown_fold(node)
        taken = [
            (cell, selection)
            for selection in chosen
            for cell in self._of_table(selection.table)
            if selection.atoms <= cell.cell
        ]
        if aggregate.value is None:
            return Term(_sum(cell.count for cell, _ in taken))
        return _ValueFold(self, node, aggregate, aggregate.value, taken).term()

    def _unknown_fold(self, node: Expr) -> Term:
        term = self.world.unknown(node, ())
        assert isinstance(node.param, Aggregate)
        if node.param.kernel in (Kernel.COUNT, Kernel.DISTINCT):
            self.world.fact(term.value >= 0)
        return term

    def row_of(self, cell: CellRows, selection: Selection, role: str) -> Row:
        """One more row of a cell, with a role of its own."""
        row = Row(f"{role} of {cell.name} {selection.event.name}", selection.table)
        state = partial(self._state_membership, cell.count, row, selection.table, cell.cell)
        self.world.later(state)
        return row

    def distinct(self, value: Expr, names: frozenset[str], count: Z3) -> None:
        """More rows have no fewer different values."""
        for other, other_names, other_count in self._distinct:
            if other == value.id and names <= other_names:
                self.world.fact(count <= other_count)
            if other == value.id and other_names <= names:
                self.world.fact(other_count <= count)
        self._distinct.append((value.id, names, count))

    @property
    def constants(self) -> Iterable[Expr]:
        """The constants that the rules compare with."""
        return self._constants


class _ValueFold:
    """One aggregate of a value over the cells that it takes."""

    def __init__(
        self,
        history: CellHistory,
        node: Expr,
        aggregate: Aggregate,
        value: Expr,
        taken: list[tuple[CellRows, Selection]],
    ) -> None:
        self.history, self.world = history, history.world
        self.node, self.aggregate, self.value, self.taken = node, aggregate, value, taken
        self.parts = [(cell, selection, self._value(cell, selection)) for cell, selection in taken]
        self.counted = _sum(part.present for _, _, part in self.parts)

    def term(self) -> Term:
        """The result."""
        some = self.counted > 0
        assert self.aggregate.kernel is not Kernel.COLLECT, "states are not looked into"
        match self.aggregate.kernel:
            case Kernel.COUNT:
                return Term(self.counted)
            case Kernel.SUM:
                return Term(_sum(self._sum_of(*part) for part in self.parts))
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
        window, unit = value.param
        if isinstance(window, Sliding) and isinstance(unit, int):
            return (window.start - window.end) // unit
        if isinstance(window, Calendar) and window.unit == unit:
            return window.count
    return None


def _sum(parts: Iterable[Z3]) -> Z3:
    found = list(parts)
    return z3.Sum(*found) if found else z3.IntVal(0)
