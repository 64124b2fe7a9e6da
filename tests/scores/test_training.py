"""The training set: the query and the plain evaluation agree, and nothing leaks.

Catalogs, data and metrics are those that the parity tests make up; a score over them has any of
the metrics as features, and another one, turned to look ahead, as its label.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from parity.case import Case, Tables
from parity.engines.base import normal
from parity.engines.duckdb import DuckDB
from parity.engines.postgres import Postgres
from parity.engines.python import profiles
from parity.engines.reference import read_moment
from parity.engines.sql import SqlEngine
from parity.engines.sqlite import SQLite
from parity.generate.cases import case
from parity.generate.rulesets import Tally

from scores.rows import TrainingRow, training_rows
from segue.compiler.plan.nodes import Aggregate, Expr, Graph, reachable
from segue.compiler.plan.shift import BOUND, can_shift
from segue.compiler.plan.windows import DAY, Ahead, Ever, Sliding
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import ScoreKind
from segue.compiler.scores.training import (
    compile_censored,
    compile_training,
    has_ended,
    snapshots,
)
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.support import refusals
from segue.grammar import ast

# Generated programs compare what is known to be there as they compare everything else.
pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")
SEEDS = range(4_000_000, 4_000_024)
HORIZONS = (DAY, 7 * DAY, 30 * DAY)
Rows = dict[tuple[Any, int], TrainingRow]


@dataclass(frozen=True)
class Example:
    """A case and a score of it."""

    case: Case
    score: ScoreDefinition

    @property
    def instants(self) -> list[int]:
        as_of = self.case.binding.as_of
        return [s for s in snapshots(self.score, as_of) if has_ended(self.score, s, as_of)]

    def changed(self, tables: Tables) -> "Example":
        other = replace(self.case, tables=tables)
        other.__dict__["plan"] = self.case.plan
        return Example(other, self.score)


def example(seed: int) -> Example:
    random = Random(seed)
    given = case(random, Tally(), entities=20, definitions=10)
    plan = given.plan
    found = [metric.expr for metric in plan.metrics.values()]
    conditions = [each.expr for each in (*plan.conditions.values(), *plan.segments.values())]
    features = list(dict.fromkeys(e for e in (*found, *conditions) if e.op != "literal"))
    horizon = random.choice(HORIZONS)
    label = next(iter(labels(plan.graph, random.sample(features, len(features)), horizon)), None)
    among = random.choice([None, *conditions])
    score = ScoreDefinition(
        name="s",
        kind=ScoreKind.NUMBER,
        label=label,
        horizon=horizon if label is not None else 0,
        features=tuple((f"f{n}", each) for n, each in enumerate(random.sample(features, 3))),
        estimator="linear",
        parameters={},
        seed=1,
        every=random.choice((horizon, 2 * horizon, 10 * DAY)),
        over=random.choice((3, 5)) * 30 * DAY,
        source=ast.Score(ast.Identifier("s"), ast.Identifier("number"), None, ()),
        among=among,
    )
    return Example(given, replace(score, every=max(score.every or 0, 10 * DAY)))


def labels(graph: Graph, values: Iterable[Expr], horizon: int) -> Iterator[Expr]:
    """Values of which the windows that end now look ahead instead."""
    for value in values:
        nodes = reachable([value])
        folds = [n.param for n in nodes if isinstance(n.param, Aggregate)]
        if any(node.op in BOUND for node in nodes):
            continue  # What counts the periods of a window names that window twice.
        if any(isinstance(fold.window, Sliding | Ever) for fold in folds):
            yield turned(graph, nodes, horizon)


def turned(graph: Graph, nodes: list[Expr], horizon: int) -> Expr:
    made: dict[int, Expr] = {}

    def new(expr: Expr | None) -> Expr | None:
        return None if expr is None else made[expr.id]

    for node in nodes:
        param = node.param
        if isinstance(param, Aggregate):
            param = replace(
                param,
                window=Ahead(horizon) if isinstance(param.window, Sliding | Ever) else param.window,
                where=new(param.where),
                value=new(param.value),
                weight=new(param.weight),
                steps=tuple(replace(step, where=new(step.where)) for step in param.steps),
            )
        args = tuple(made[arg.id] for arg in node.args)
        made[node.id] = graph.make(node.op, args, param, type=node.type)
    return made[nodes[-1].id]


def in_memory(given: Example) -> Rows:
    everybody = list(profiles(given.case).values())
    found = training_rows(given.case.plan, given.score, everybody, given.instants)
    return {(row.key, row.snapshot): row for row in found}


def by_query(given: Example, engine: SqlEngine) -> Rows:
    engine.load(given.case)
    plan, score = given.case.plan, given.score
    query = compile_training(plan, score, given.case.binding, engine.name, given.instants)
    types = [feature.type for _, feature in score.features]
    rows: Rows = {}
    for key, at, *values in engine.run(query.sql(pretty=False)):
        features = tuple(normal(v, t) for v, t in zip(values, types, strict=False))
        label = None if score.label is None else normal(values[-1], score.label.type)
        rows[key, int(at)] = TrainingRow(key, int(at), features, label)
    return rows


def able(given: Example, engine: str) -> bool:
    """Whether an engine can compute all of it."""
    asked = [value for _, value in given.score.features]
    asked += [e for e in (given.score.label, given.score.among) if e is not None]
    return not any(refusals(given.case.plan, dialect(engine), reachable(asked)))


@pytest.fixture(scope="module", params=[DuckDB, SQLite, Postgres], ids=lambda kind: kind.name)
def engine(request: pytest.FixtureRequest) -> SqlEngine:
    made: SqlEngine = request.param()
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_the_query_gives_the_rows_of_a_plain_evaluation(seed: int, engine: SqlEngine) -> None:
    given = example(seed)
    if able(given, engine.name):
        assert by_query(given, engine) == in_memory(given)


def labelled_roots(score: ScoreDefinition) -> list[Expr]:
    label = [] if score.label is None else [score.label]
    return [*(value for _, value in score.features), *label]


def test_the_examples_are_of_every_sort() -> None:
    made = [example(seed) for seed in SEEDS]
    labelled = [e for e in made if e.score.label is not None]
    alone = [e for e in labelled if not can_shift(labelled_roots(e.score))]
    rows = [in_memory(e) for e in labelled]
    assert len(labelled) > len(SEEDS) / 2
    assert 1 < len(alone) < len(labelled)
    assert sum(map(len, rows)) > 1_000
    assert sum(len({row.label for row in each.values()}) > 1 for each in rows) > len(SEEDS) / 3


# ------------------------------------------------------------------------------ leakage


@pytest.mark.parametrize("seed", SEEDS)
def test_what_happens_after_a_snapshot_never_changes_its_features(seed: int) -> None:
    given = example(seed)
    before, random = in_memory(given), Random(seed)
    for at in given.instants:
        after = in_memory(given.changed(with_another_future(given.case, at, random)))
        for key, row in before.items():
            if row.snapshot <= at:
                assert after[key].features == row.features


def test_nor_does_it_in_the_query() -> None:
    engine = DuckDB()
    for seed in SEEDS[::4]:
        given = example(seed)
        if not able(given, engine.name):
            continue
        at = given.instants[len(given.instants) // 2]
        before = by_query(given, engine)
        other = given.changed(with_another_future(given.case, at, Random(seed)))
        after = by_query(other, engine)
        assert after == in_memory(other)
        for key, row in before.items():
            if row.snapshot <= at:
                assert after[key].features == row.features


@pytest.mark.parametrize("seed", SEEDS)
def test_what_happens_after_the_horizon_never_changes_a_label(seed: int) -> None:
    given = example(seed)
    before, random = in_memory(given), Random(seed)
    for at in given.instants:
        end = at + given.score.horizon
        after = in_memory(given.changed(with_another_future(given.case, end, random)))
        for key, row in before.items():
            if row.snapshot <= at:
                assert after[key].label == row.label


def test_what_happens_within_the_horizon_does_change_labels() -> None:
    changed = 0
    for seed in SEEDS:
        given = example(seed)
        before, at = in_memory(given), given.instants[0]
        after = in_memory(given.changed(with_another_future(given.case, at, Random(seed))))
        changed += any(after[k].label != row.label for k, row in before.items() if k in after)
    assert changed > len(SEEDS) / 4


# ---------------------------------------------------------------------------- snapshots


def test_snapshots_lie_at_multiples_of_every_before_the_training() -> None:
    score = replace(example(SEEDS[0]).score, every=10 * DAY, over=30 * DAY, horizon=15 * DAY)
    score = replace(score, label=score.features[0][1])
    assert snapshots(score, 100 * DAY) == (70 * DAY, 80 * DAY, 90 * DAY)
    # The last one is not over yet: it is censored.
    ended = [has_ended(score, at, 100 * DAY) for at in snapshots(score, 100 * DAY)]
    assert ended == [True, True, False]


def test_without_every_there_is_one_snapshot_at_the_beginning_of_the_past() -> None:
    score = replace(example(SEEDS[0]).score, every=None, over=30 * DAY)
    assert snapshots(score, 100 * DAY) == (70 * DAY,)


def test_groups_have_nothing_to_wait_for() -> None:
    score = replace(example(SEEDS[0]).score, label=None, every=10 * DAY, over=20 * DAY)
    assert snapshots(score, 100 * DAY) == (80 * DAY, 90 * DAY, 100 * DAY)


def test_who_takes_part_is_counted_also_where_nobody_knows_the_outcome(engine: SqlEngine) -> None:
    given = example(SEEDS[0])
    engine.load(given.case)
    instants = snapshots(given.score, given.case.binding.as_of)
    query = compile_censored(
        given.case.plan, given.score, given.case.binding, engine.name, instants
    )
    everybody = list(profiles(given.case).values())
    rows = list(training_rows(given.case.plan, given.score, everybody, instants))
    counted = {int(at): count for at, count in engine.run(query.sql(pretty=False))}
    assert counted == {at: sum(row.snapshot == at for row in rows) for at in instants}


def with_another_future(given: Case, at: int, random: Random) -> Tables:
    """The tables of a case, its later events gone, moved, or happening to others.

    Rows of a table that is the entity's as well stay: they say who there is.
    """
    times = {
        event.table.name: (event.at.name, event.key, event.partition)
        for name in given.catalog.events
        for event in given.catalog.members(name)
    }
    times.pop(given.catalog.entity.table.name, None)
    keys = [row[given.catalog.entity.key.name] for row in entity_rows(given)]
    tables = dict(given.tables)
    for name, (column, key, partition) in times.items():
        table = tables[name]
        later = [row for row in table.rows if is_after(row[column], at)]
        kept = [row for row in table.rows if not is_after(row[column], at)]
        for row in later:
            if random.random() < 0.5:
                other = random.choice(later)
                moved = [column, *([] if partition is None else [partition.column])]
                there = {name: other[name] for name in moved}
                kept.append({**row, **there, key: random.choice(keys)})
        tables[name] = replace(table, rows=kept)
    return tables


def entity_rows(given: Case) -> list[dict[str, Any]]:
    return given.tables[given.catalog.entity.table.name].rows


def is_after(value: datetime | date | None, at: int) -> bool:
    moment = read_moment(value)
    return moment is not None and moment > at
