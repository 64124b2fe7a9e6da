"""Replays a rule over many instants in few scans, and leaves no trace.

Dates are taken in batches: one statement scans the events of a batch once and gives the truths
at all its dates as bits of words; a second walks each entity through the dates of the batch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from zoneinfo import ZoneInfo

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.shift import shifted
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.statements import compile_flags
from segue.compiler.sql.trees import coalesce, column, identifier, integer, not_null
from segue.runtime.backtest.subject import Subject
from segue.runtime.lifecycles.flags import Flags
from segue.runtime.warehouse.warehouse import Warehouse

BATCH = 13
"""Dates in one scan. More share the scan, but each adds its aggregates to every row of it:
measured, this is near the best both for windows of a month and for the whole history."""
WORDS, BEFORE, NOW = "segue_replay_words", "segue_replay_before", "segue_replay_now"


@dataclass(frozen=True, slots=True)
class Date:
    """One evaluation: how many are in each place after it, and who moved (place 0 is none)."""

    as_of: int
    sizes: tuple[int, ...]
    moves: Mapping[tuple[int, int], int]

    @property
    def arrived(self) -> int:
        """How many are in some place who were in none."""
        return sum(n for (before, after), n in self.moves.items() if not before and after)

    @property
    def departed(self) -> int:
        """How many are in no place who were in one."""
        return sum(n for (before, after), n in self.moves.items() if before and not after)


@dataclass(frozen=True, slots=True)
class Replay:
    """A rule over past dates. `scans` says how many statements read the events."""

    subject: Subject
    entities: int
    dates: tuple[Date, ...]
    scans: int


def replay(
    warehouse: Warehouse,
    plan: Plan,
    subject: Subject,
    instants: Sequence[int],
    batch: int = BATCH,
    report: Callable[[str], None] = lambda step: None,
) -> Replay:
    """Evaluates the rule at each instant, as if run then; nobody is anywhere before the first."""
    dates: list[Date] = []
    scans = 0
    with warehouse.transaction(keep=False):
        for part in _batches(instants, batch):
            report(f"date {len(dates) + 1} of {len(instants)}")
            step = _Batch(warehouse, plan, subject, part)
            step.compute(first=not dates)
            dates += step.dates()
            step.close()
            scans += 1
        entities = sum(dates[0].sizes) if dates else 0
    return Replay(subject, entities, tuple(dates), scans)


def _batches(instants: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    rest = iter(instants)
    while part := tuple(islice(rest, size)):
        yield part


class _Batch:
    """A few dates in one scan."""

    def __init__(
        self, warehouse: Warehouse, plan: Plan, subject: Subject, instants: tuple[int, ...]
    ) -> None:
        self.warehouse = warehouse
        self.plan = plan
        self.subject = subject
        self.instants = instants
        zone = ZoneInfo(plan.catalog.timezone)
        self.bindings = [Binding(moment, zone) for moment in instants]
        if len(instants) == 1:
            self.conditions = [subject.conditions]
        else:
            self.conditions = [
                shifted(plan.graph, subject.conditions, binding) for binding in self.bindings
            ]
        unique = {c.id: c for conditions in self.conditions for c in conditions}
        self.flags = Flags(tuple(unique.values()))

    def compute(self, *, first: bool) -> None:
        """Makes a table with the place of everybody before the batch and at each of its dates."""
        self._create(WORDS, self._words())
        now = self._walk(first=first)
        self._create(NOW, now)

    def close(self) -> None:
        """Keeps the last places as those before the next batch."""
        places = exp.select(
            "key", exp.alias_(column(self._place(len(self.instants))), "place", quoted=True)
        ).from_(self._table(NOW))
        self._drop(BEFORE)
        self._create(BEFORE, places)
        self._drop(NOW)
        self._drop(WORDS)

    def dates(self) -> list[Date]:
        """The sizes and moves at each date."""
        parts: list[exp.Query] = []
        for number in range(1, len(self.instants) + 1):
            before, after = column(self._place(number - 1)), column(self._place(number))
            parts.append(
                exp.select(
                    exp.alias_(integer(number), "number", quoted=True),
                    exp.alias_(before, "before", quoted=True),
                    exp.alias_(after, "after", quoted=True),
                    exp.alias_(exp.Count(this=exp.Star()), "size", quoted=True),
                )
                .from_(self._table(NOW))
                .group_by(before.copy(), after.copy())
            )
        rows = self.warehouse.fetch(reduce(_union_all, parts))
        return [self._date(number, rows) for number in range(1, len(self.instants) + 1)]

    def _date(self, number: int, rows: Sequence[tuple[int, int, int, int]]) -> Date:
        sizes = [0] * (len(self.subject.places) + 1)
        moves: dict[tuple[int, int], int] = {}
        for at, before, after, size in rows:
            if at == number:
                sizes[after] += size
                if before != after:
                    moves[before, after] = size
        return Date(self.instants[number - 1], tuple(sizes), moves)

    def _words(self) -> exp.Query:
        """The truths of all conditions at all dates."""
        compiled = compile_flags(
            self.plan, self.bindings[-1], self.warehouse.dialect, self.flags.conditions
        )
        names = ("key", *self.flags.columns)
        items = [
            exp.alias_(column(given), name, quoted=True)
            for given, name in zip(compiled.columns, names, strict=True)
        ]
        words = compiled.expression.subquery("words", copy=False)
        # A row without a key is nobody.
        return exp.select(*items).from_(words).where(not_null(column(compiled.columns[0])))

    def _walk(self, *, first: bool) -> exp.Query:
        """Everybody through the dates, each from where the one before left them."""
        place: exp.Expr = integer(0)
        words = exp.alias_(self._table(WORDS), "w", table=True)
        query = exp.select(exp.Column(this=exp.Star(), table=identifier("w"))).from_(words)
        if not first:
            before = exp.alias_(self._table(BEFORE), "b", table=True)
            query = query.join(
                before, on=column("key", "b").eq(column("key", "w")), join_type="left"
            )
            place = coalesce(column("place", "b"), integer(0))
        walked: exp.Query = query.select(exp.alias_(place, self._place(0), quoted=True))
        for number, conditions in enumerate(self.conditions, 1):
            walked = self._step(walked, number, conditions)
        return walked

    def _step(self, query: exp.Query, number: int, conditions: Sequence[Expr]) -> exp.Query:
        original = {
            condition.id: there
            for condition, there in zip(self.subject.conditions, conditions, strict=True)
        }

        def truth(condition: Expr) -> exp.Expr:
            return self.flags.holds(original[condition.id], "w")

        present = column(self._place(number - 1), "w")
        after = exp.alias_(self.subject.step(present, truth), self._place(number), quoted=True)
        return exp.select(exp.Star(), after).from_(query.subquery("w", copy=False))

    def _place(self, number: int) -> str:
        return f"place_{number}"

    def _table(self, name: str) -> exp.Table:
        return self.warehouse.temporary_table(name)

    def _create(self, name: str, query: exp.Query) -> None:
        create = exp.Create(this=self._table(name), kind="TABLE", expression=query)
        create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
        self.warehouse.execute(create)
        self.warehouse.analyse(self._table(name))

    def _drop(self, name: str) -> None:
        self.warehouse.execute(exp.Drop(tables=[self._table(name)], kind="TABLE", exists=True))


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False)
