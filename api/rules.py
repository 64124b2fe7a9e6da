"""A ruleset to call from Python: `segue.load(…)` and what it returns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segue.compiler.plan.plan import Plan
from segue.runtime.row_error import RowError
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.segments import SegmentInfo, by_priority, chosen

if TYPE_CHECKING:
    from segue.compiler.python.events import Evaluation, Evaluator
    from segue.compiler.python.predicates import Predicates
    from segue.compiler.python.profile import Profile
    from segue.compiler.python.snapshot import Snapshot
    from segue.runtime.columnar import TableBatch
    from segue.runtime.lifecycles.machine import LifecycleMachine

Values = Mapping[str, Any]
"""Metric and attribute values by name; an absent name or None is a missing value."""


def load(path: str | Path = ".") -> "Rules":
    """The ruleset of the project that `path` is in.

    Raises `segue.SegueError`, whose text shows every finding with its line, where the rules
    are wrong, and `segue.Refusal` where there is no project.
    """
    return Rules(load_ruleset(path))


@dataclass(frozen=True, slots=True)
class Membership:
    """What one entity is a member of.

    `segments` are the names, the most urgent priority first. `name in membership` asks for
    one.
    """

    segments: tuple[str, ...]
    _scores: Callable[[], Mapping[str, float]] = field(repr=False, compare=False)

    @property
    def scores(self) -> Mapping[str, float]:
        """How well each segment of the ruleset matches: 1 for members, less for the others."""
        return self._scores()

    def __contains__(self, segment: object) -> bool:
        return segment in self.segments

    def __iter__(self) -> Iterator[str]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody at one instant: who belongs to what, and what others can be compared by."""

    members: Mapping[int | str, Membership]
    snapshot: "Snapshot"


@dataclass(frozen=True, slots=True)
class Batch:
    """The membership of each row, None where it is among the `errors`."""

    memberships: tuple[Membership | None, ...]
    errors: tuple[RowError, ...]


class Rules:
    """A loaded ruleset. What a method needs is compiled when it is first called."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._with_snapshot: tuple[Snapshot, Predicates] | None = None

    def __repr__(self) -> str:
        return f"<segue.Rules {self.ruleset.project.root} ({len(self.segments)} segments)>"

    @property
    def plan(self) -> Plan:
        """The typed plan, for tools."""
        return self.ruleset.plan

    @property
    def fingerprint(self) -> str:
        """A hash of what the rules and the catalog say, whatever their layout."""
        return self.ruleset.fingerprint

    @cached_property
    def segments(self) -> Mapping[str, SegmentInfo]:
        """Every segment with its title, priority, actions and so on, the most urgent first."""
        return {info.name: info for info in by_priority(self.plan)}

    def evaluate(
        self,
        values: Values,
        as_of: datetime | None = None,
        snapshot: "Snapshot | None" = None,
    ) -> Membership:
        """The segments that an entity with these metric and attribute values belongs to.

        `as_of` is the instant the values belong to; only rules that compare a moment with now
        need it. Raises `ValueError` where a segment counts events without naming the metric,
        so that no value could be given for it.

        Rules that compare with everybody (`percentile(…)`) are read off a `snapshot`: that of
        `evaluate_all`, or the one that a run has kept (`snapshot`). Without one, a metric that
        is named with such a function is a value like any other.
        """
        predicates = self._predicates if snapshot is None else self._compared(snapshot)
        members = predicates.members(values, as_of)
        names = predicates.segments

        def scores() -> Mapping[str, float]:
            return dict(zip(names, predicates.scores(values, as_of), strict=True))

        return Membership(members, scores)

    def evaluate_many(
        self,
        rows: Iterable[Values],
        as_of: datetime | None = None,
        snapshot: "Snapshot | None" = None,
    ) -> "Batch":
        """`evaluate` for each of many rows; one that cannot be evaluated stops no other.

        What is wrong with a row (a text where a number belongs, a number too large) is in the
        `errors` of the result, with the row's place and its key where it has one.
        """
        # What cannot be compiled is no fault of a row.
        _ = self._predicates if snapshot is None else self._compared(snapshot)
        key = self.plan.catalog.entity.key.name
        found: list[Membership | None] = []
        errors: list[RowError] = []
        for place, row in enumerate(rows):
            try:
                found.append(self.evaluate(row, as_of, snapshot))
            except (ArithmeticError, TypeError, ValueError) as error:
                found.append(None)
                errors.append(RowError(place, row.get(key), str(error) or type(error).__name__))
        return Batch(tuple(found), tuple(errors))

    def predicate(self) -> "Predicates":
        """The compiled predicates, for a hot path.

        `predicate().evaluate(values)` is the generated function itself: a truth for each name
        of `predicate().segments`.
        """
        return self._predicates

    def evaluate_profile(
        self,
        attributes: Values,
        events: Mapping[str, Sequence[Values]],
        as_of: datetime | None = None,
        snapshot: "Snapshot | None" = None,
    ) -> Membership:
        """The segments of an entity with these attributes and events at `as_of` (now by default).

        `events` are by the name of the event: each row has `at`, its properties by name, and
        `id` where the event has one. Events after `as_of` do not count. Raises `NeedsSnapshot`
        where a rule compares with everybody and there is no `snapshot`.
        """
        from segue.compiler.python.profile import Profile

        moment = as_of if as_of is not None else datetime.now(UTC)
        evaluation = self._evaluator.evaluate(Profile(attributes, events), moment, snapshot)
        return self._membership(evaluation)

    def evaluate_all(
        self, profiles: "Mapping[int | str, Profile]", as_of: datetime | None = None
    ) -> "Population":
        """The segments of everybody at `as_of` (now by default), by key.

        `profiles` are all the entities there are: rules that compare with everybody compare
        with them. The result's `snapshot` is what others can be compared by.
        """
        from segue.compiler.python.population import evaluate_population

        moment = as_of if as_of is not None else datetime.now(UTC)
        found = evaluate_population(self._evaluator, profiles, moment)
        members = {key: self._membership(e) for key, e in found.evaluations.items()}
        return Population(members, found.snapshot)

    def snapshot(self, target: str | None = None, database: str | None = None) -> "Snapshot | None":
        """What the last `segue run` in a warehouse has kept to compare with; None for nothing.

        `target` is a warehouse of `segue.yml`, `database` a file or an address, as for the
        commands. Its `age(as_of)` says how old it is.
        """
        from segue.runtime.membership.snapshots import read_snapshot
        from segue.runtime.membership.store import SCHEMA, Store
        from segue.runtime.warehouse.connect import chosen_target, connect

        chosen = chosen_target(self.ruleset.project, target, database)
        with connect(chosen, read_only=True) as warehouse:
            return read_snapshot(Store(warehouse, chosen.settings.get("schema", SCHEMA)))

    def _membership(self, evaluation: "Evaluation") -> Membership:
        truths = evaluation.segments
        members = tuple(name for name in self.segments if truths[name])

        def scores() -> Mapping[str, float]:
            found = evaluation.scores
            return {name: found[name] for name in self.segments}

        return Membership(members, scores)

    def evaluate_table(
        self,
        table: Any,
        as_of: datetime | None = None,
        segments: Sequence[str] = (),
        snapshot: "Snapshot | None" = None,
    ) -> "TableBatch":
        """`evaluate_many` for the rows of a table of metric and attribute values, all at once.

        `table` is a pyarrow table, or a pandas or polars data frame, with a column for each
        value, by name; an absent column is missing in every row. The result's `table` (a
        pyarrow one) has the key (where `table` does) and a column of truths for each segment
        (all by default), null in the rows of its `errors`. Needs
        `pip install 'segue-lang[arrow]'`.
        """
        from segue.runtime.columnar import evaluate_table

        names = chosen(self.plan, segments) if segments else tuple(self.segments)
        return evaluate_table(self.plan, table, as_of, names, snapshot=snapshot)

    def sql(
        self,
        dialect: str = "duckdb",
        form: str = "members",
        segments: Sequence[str] = (),
        as_of: datetime | None = None,
    ) -> str:
        """The SQL of these segments (all by default) at `as_of` (now by default).

        `form` is `members` (a query with a row for each member of each segment), `wide` (a
        query with a row for each entity), `script` (statements that make a table of members)
        or `views` (a view for each segment).
        """
        from segue.runtime.sql_text import sql_text

        return sql_text(self.plan, dialect, form, segments, as_of)

    @cached_property
    def lifecycles(self) -> Mapping[str, "LifecycleMachine"]:
        """Every lifecycle by name: `lifecycles["customer"].advance(profile, stage, as_of)`."""
        from segue.runtime.lifecycles.machine import LifecycleMachine

        return {
            name: LifecycleMachine(lifecycle, lambda: self._evaluator)
            for name, lifecycle in self.plan.lifecycles.items()
        }

    def _compared(self, snapshot: "Snapshot") -> "Predicates":
        """The predicates with a snapshot; those of the last one are kept."""
        from segue.compiler.python.predicates import compile_predicates

        if self._with_snapshot is None or self._with_snapshot[0] is not snapshot:
            compiled = compile_predicates(self.plan, tuple(self.segments), snapshot=snapshot)
            self._with_snapshot = (snapshot, compiled)
        return self._with_snapshot[1]

    @cached_property
    def _evaluator(self) -> "Evaluator":
        from segue.compiler.python.events import compile_evaluator

        return compile_evaluator(self.plan)

    @cached_property
    def _predicates(self) -> "Predicates":
        from segue.compiler.python.predicates import compile_predicates

        # In order of priority, so that members come out of the compiled function sorted.
        return compile_predicates(self.plan, tuple(self.segments))
