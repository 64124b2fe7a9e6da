"""Which events an aggregate takes, as a set of atoms: in this window, fulfilling this `where`.

The rows of a table fall into cells, one for each combination of atoms that is possible. All
that windows and filters have to do with each other is in which cells they are made of: the last
week is part of the last month, `where a and b` part of `where a`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.plan.nodes import Aggregate, Expr, Step
from segue.compiler.plan.windows import Ever, Sliding, Window
from segue.compiler.solver.rows import shares_time


@dataclass(frozen=True, slots=True)
class OfEvent:
    """The row is one of the event, of several that share a table, and it has happened."""

    event: str


@dataclass(frozen=True, slots=True)
class InWindow:
    """The time of the event, which a column holds, is in a window."""

    event: str
    column: str
    window: Window


@dataclass(frozen=True, slots=True)
class Fulfils:
    """The row, read as an event, fulfils a `where`."""

    event: str
    where: Expr


@dataclass(frozen=True, slots=True)
class Followed:
    """The steps of a sequence can be taken from the row."""

    event: str
    steps: tuple[Step, ...]


Atom: TypeAlias = OfEvent | InWindow | Fulfils | Followed
Cell: TypeAlias = frozenset[Atom]
"""The atoms that are true of its rows; all others of the table are false."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of one table that an aggregate takes, as one of its events."""

    event: TableEvent
    atoms: frozenset[Atom]

    @property
    def table(self) -> str:
        """The table's address."""
        return str(self.event.table)


def selections(aggregate: Aggregate, catalog: Catalog) -> tuple[Selection, ...]:
    """What an aggregate takes: for a union, of each of its members."""
    return tuple(
        Selection(event, frozenset(_atoms(aggregate, event, catalog)))
        for event in catalog.members(aggregate.event)
    )


def _atoms(aggregate: Aggregate, event: TableEvent, catalog: Catalog) -> Iterator[Atom]:
    if event.where or not shares_time(catalog, event):
        yield OfEvent(event.name)
    if not isinstance(aggregate.window, Ever):
        yield InWindow(event.name, event.at.name, aggregate.window)
    if aggregate.where is not None:
        yield Fulfils(event.name, aggregate.where)
    if aggregate.steps:
        yield Followed(event.name, aggregate.steps)


def cells(atoms: Iterable[Atom]) -> Iterator[Cell]:
    """The combinations of a table's atoms that are possible as far as windows go."""
    atoms = tuple(dict.fromkeys(atoms))
    sliding: dict[str, list[InWindow]] = {}
    free: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, InWindow) and isinstance(atom.window, Sliding):
            sliding.setdefault(atom.column, []).append(atom)
        else:
            free.append(atom)
    choices: list[list[Cell]] = [_stretches(windows) for windows in sliding.values()]
    choices += [[frozenset(), frozenset({atom})] for atom in free]
    sequences = [atom for atom in free if isinstance(atom, Followed)]
    for parts in product(*choices):
        cell: Cell = frozenset().union(*parts)
        if all(_is_possible(a, b, cell) for a in sequences for b in sequences if a is not b):
            yield cell


def _is_possible(one: Followed, other: Followed, cell: Cell) -> bool:
    """Whether the rows of a cell can be followed as it says: the longer time includes the
    shorter."""
    if one not in cell or one.event != other.event:
        return True
    if other in cell:
        return not _contradict(one.steps, other.steps)
    return not _entail(one.steps, other.steps)


def _entail(steps: tuple[Step, ...], others: tuple[Step, ...]) -> bool:
    """Whether rows that are followed by the steps are also followed by the others."""
    return len(steps) >= len(others) and all(
        _same(step, other) and step.negated == other.negated and _within(step, other)
        for step, other in zip(steps, others, strict=False)
    )


def _within(step: Step, other: Step) -> bool:
    if step.within == other.within or (other.within is None and not step.negated):
        return True
    if step.within is None or other.within is None:
        return False
    return step.within >= other.within if step.negated else step.within <= other.within


def _contradict(steps: tuple[Step, ...], others: tuple[Step, ...]) -> bool:
    """Whether the first step of one is what the first of the other rules out."""
    step, other = steps[0], others[0]
    if step.negated or not other.negated or not _same(step, other):
        return False
    return other.within is None or (step.within is not None and step.within <= other.within)


def _same(step: Step, other: Step) -> bool:
    return step.event == other.event and step.where is other.where


def _stretches(windows: list[InWindow]) -> list[Cell]:
    """Which of some sliding windows hold an instant, for each stretch between their edges."""
    edges: set[int] = set()
    for atom in windows:
        assert isinstance(atom.window, Sliding)
        edges |= {atom.window.start, atom.window.end}
    # In every stretch is an instant as old as one of its edges, or a microsecond off.
    found = {
        frozenset(atom for atom in windows if _holds(atom.window, age))
        for edge in edges
        for age in (edge - 1, edge, edge + 1)
        if age >= 0
    }
    return sorted(found, key=lambda cell: (len(cell), sorted(map(repr, cell))))


def _holds(window: Window, age: int) -> bool:
    assert isinstance(window, Sliding)
    return window.end <= age and (age <= window.start if window.closed else age < window.start)
