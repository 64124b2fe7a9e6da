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
from functools import partial

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
from segue.compiler.plan.windows import Ever, LastEvents
from segue.compiler.solver.cell_rows import CellRows, sum_of
from segue.compiler.solver.folds import ValueFold
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
from segue.compiler.solver.windows import OpenWindows
from segue.compiler.solver.world import World, aggregates

MOST_CELLS = 64


class CellHistory:
    """The events of a customer, as cells."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.too_wide: list[str] = []
        self._terms: dict[int, Term] = {}
        self._atoms: dict[str, dict[Atom, None]] = {}
        self._cells: dict[str, list[CellRows]] = {}
        self._distinct: list[tuple[int, frozenset[str], Z3]] = []
        self._windows = OpenWindows(world)
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
                return self._windows.inside(row.time(self.world, event), window)
            case Followed():
                return None

    def _state_last_events(self, table: str, made: list[CellRows]) -> None:
        """`over last 5` takes five rows, or all where there are fewer."""
        for atom in self._atoms[table]:
            if isinstance(atom, InWindow) and isinstance(atom.window, LastEvents):
                event = OfEvent(atom.event)
                of_event = [c for c in made if event in c.cell or event not in self._atoms[table]]
                total = sum_of(c.count for c in of_event)
                taken = sum_of(c.count for c in of_event if atom in c.cell)
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
            return Term(sum_of(cell.count for cell, _ in taken))
        return ValueFold(self, node, aggregate, aggregate.value, taken).term()

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
