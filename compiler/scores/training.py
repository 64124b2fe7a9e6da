"""The training set of a score as one query: everybody at each snapshot, and what became of them.

A row is an entity at a snapshot `s`. Its features are what the rules would have said at `s`; its
label is what they say at `s + horizon` of the windows ahead, which begin at `s`. So nothing that
happened after `s` goes into a feature, and nothing after `s + horizon` into a label.

Features and labels of several snapshots share one scan of the events, as the dates of a back-test
do (`segue.compiler.plan.shift`). Where a label asks for a sequence of events, each snapshot has a
scan for its features and one for its label, still in the same statement.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.shift import can_shift, shifted
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import CompiledQuery, Prepared, header, item, prepare
from segue.compiler.sql.trees import Tree, column, identifier, integer

SNAPSHOTS_A_SCAN = 13
"""More snapshots share a scan, but each adds its aggregates to every row of it."""
SNAPSHOT, LABEL, ROWS = "snapshot", "label", "rows"


def snapshots(definition: ScoreDefinition, as_of: int) -> tuple[int, ...]:
    """The snapshots of a training at an instant, the earliest first, in microseconds.

    They lie at multiples of `every` before it. Of the instant itself only a score without a label
    makes a snapshot: nothing has come after it yet.
    """
    every = definition.every or definition.over
    nearest = 0 if definition.label is None and definition.every else 1
    return tuple(as_of - n * every for n in range(definition.over // every, nearest - 1, -1))


def has_ended(definition: ScoreDefinition, snapshot: int, as_of: int) -> bool:
    """Whether all that the label of a snapshot looks at has happened; else it is censored."""
    return snapshot + definition.horizon <= as_of


def compile_training(
    plan: Plan,
    definition: ScoreDefinition,
    binding: Binding,
    dialect_name: str,
    instants: Sequence[int],
) -> CompiledQuery:
    """One row for each entity that takes part at each snapshot.

    Its columns are the key, the snapshot in microseconds, the features in order, and the label
    unless there is none; values are in representation. The snapshots must have ended by the
    instant of the binding. The rows come in no order.
    """
    if not instants:
        raise ValueError("a training set needs a snapshot")
    query = _Query(plan, definition, binding, dialect_name)
    key = plan.catalog.entity.key.name
    columns = (key, SNAPSHOT, *query.columns)
    return CompiledQuery(dialect_name, query.all(list(query.rows(instants))), columns)


def compile_censored(
    plan: Plan,
    definition: ScoreDefinition,
    binding: Binding,
    dialect_name: str,
    instants: Sequence[int],
) -> CompiledQuery:
    """How many take part at each snapshot, whatever becomes of them: `snapshot` and `rows`."""
    query = _Query(plan, definition, binding, dialect_name)
    counts = list(query.counts(instants))
    return CompiledQuery(dialect_name, query.all(counts), (SNAPSHOT, ROWS))


@dataclass(frozen=True, slots=True)
class _There:
    """What a score asks of an entity, written for one snapshot."""

    at: int
    among: Expr | None
    features: tuple[Expr, ...]
    label: Expr | None

    @property
    def roots(self) -> list[Expr]:
        return [e for e in (self.among, *self.features, self.label) if e is not None]


class _Query:
    """The parts of one statement."""

    def __init__(
        self, plan: Plan, definition: ScoreDefinition, binding: Binding, dialect_name: str
    ) -> None:
        self.plan = plan
        self.definition = definition
        self.binding = binding
        self.target = dialect(dialect_name)
        features = tuple(value for _, value in definition.features)
        self.asked = _There(binding.as_of, definition.among, features, definition.label)
        names = [f"feature_{number}" for number in range(1, len(features) + 1)]
        self.features = tuple(names)
        self.columns = (*names, LABEL) if definition.label is not None else tuple(names)

    def rows(self, instants: Sequence[int]) -> Iterator[exp.Query]:
        """Queries that together have all rows."""
        if can_shift(self.asked.roots):
            for part in _batches(instants):
                yield self._scan([self._there(instant, self.asked) for instant in part])
        else:
            for instant in instants:
                yield self._alone(instant)

    def counts(self, instants: Sequence[int]) -> Iterator[exp.Query]:
        """Queries that together count the rows of each snapshot."""
        among = _There(self.binding.as_of, self.asked.among, (), None)
        for instant in instants:
            here = _There(instant, among.among, (), None)
            prepared = self._prepare(Binding(instant, self.binding.zone), here.roots)
            counted = exp.alias_(exp.Count(this=exp.Star()), ROWS, quoted=True)
            query = prepared.select_everybody(_at(instant), counted)
            yield self._finish(prepared, self._chosen(prepared, query, here), instant)

    def all(self, queries: Sequence[exp.Query]) -> exp.Query:
        """The rows of all queries."""
        if len(queries) == 1:
            return queries[0]
        parts: list[exp.Query] = [
            exp.select(exp.Star(), copy=False).from_(
                query.subquery(f"part_{number}", copy=False), copy=False
            )
            for number, query in enumerate(queries, 1)
        ]
        return self.target.finish(reduce(_union_all, parts))

    def _there(self, instant: int, asked: _There) -> _There:
        """What is asked, written for a query of a later instant."""
        binding = Binding(instant, self.binding.zone)
        found = iter(shifted(self.plan.graph, asked.roots, binding))
        return _There(
            instant,
            None if asked.among is None else next(found),
            tuple(next(found) for _ in asked.features),
            None if asked.label is None else next(found),
        )

    def _scan(self, there: Sequence[_There]) -> exp.Query:
        """The rows of several snapshots in one scan."""
        prepared = self._prepare(self.binding, [root for here in there for root in here.roots])
        parts = [self._chosen(prepared, self._select(prepared, here), here) for here in there]
        query: exp.Query = parts[0]
        for part in parts[1:]:
            query = exp.union(query, part, distinct=False, copy=False)
        return prepared.finish(query, header(self.binding))

    def _alone(self, instant: int) -> exp.Query:
        """The rows of one snapshot: features as of then, the label as of the end of its horizon."""
        zone = self.binding.zone
        here = _There(instant, self.asked.among, self.asked.features, None)
        prepared = self._prepare(Binding(instant, zone), here.roots)
        known = self._finish(
            prepared, self._chosen(prepared, self._select(prepared, here), here), instant
        )
        if self.asked.label is None:
            return known
        end = Binding(instant + self.definition.horizon, zone)
        label = self._there(instant, _There(instant, None, (), self.asked.label)).label
        assert label is not None
        judged = self._prepare(end, [label])
        outcome = judged.select(column(judged.key), item(LABEL, judged.value(label), None))
        features = [column(name, "known") for name in (prepared.key, SNAPSHOT, *self.features)]
        same = exp.EQ(this=column(judged.key, "outcome"), expression=column(prepared.key, "known"))
        joined = (
            exp.select(*features, column(LABEL, "outcome"), copy=False)
            .from_(known.subquery("known", copy=False), copy=False)
            .join(
                judged.finish(outcome, header(end)).subquery("outcome", copy=False),
                on=same,
                copy=False,
            )
        )
        return self.target.finish(joined)

    def _select(self, prepared: Prepared, here: _There) -> exp.Select:
        items: list[Tree] = [column(prepared.key), _at(here.at)]
        for name, feature in zip(self.features, here.features, strict=True):
            items.append(item(name, prepared.value(feature), None))
        if here.label is not None:
            items.append(item(LABEL, prepared.value(here.label), None))
        return prepared.select_everybody(*items)

    def _chosen(self, prepared: Prepared, query: exp.Select, here: _There) -> exp.Select:
        if here.among is None:
            return query
        return query.where(prepared.condition(here.among), copy=False)

    def _prepare(self, binding: Binding, roots: Sequence[Expr]) -> Prepared:
        return prepare(self.plan, binding, self.target, roots)

    def _finish(self, prepared: Prepared, query: exp.Query, instant: int) -> exp.Query:
        return prepared.finish(query, header(Binding(instant, self.binding.zone)))


def _at(instant: int) -> Tree:
    return exp.Alias(this=integer(instant), alias=identifier(SNAPSHOT))


def _batches(instants: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(instants), SNAPSHOTS_A_SCAN):
        yield instants[start : start + SNAPSHOTS_A_SCAN]


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)
