"""Random histories on an engine: one store refreshed in part, another in full, and compared.

A longer search, different each time:

    SEGUE_INCREMENTAL_EXAMPLES=2000 python -m pytest tests/incremental/test_equal.py
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from parity.case import Case
from parity.engines.sql import possible
from sqlglot import exp

from incremental.kept_values import check_kept
from incremental.streams import Moment, stream
from segue.compiler.python.snapshot import Snapshot
from segue.grammar import ast
from segue.runtime.incremental.increment import Incremental
from segue.runtime.incremental.totals import MOST_TILES
from segue.runtime.lifecycles.flags import flags_of
from segue.runtime.membership.definitions import definition_hash
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment
from segue.runtime.membership.words import words_query
from segue.runtime.warehouse.warehouse import Warehouse

EXAMPLES = int(os.environ.get("SEGUE_INCREMENTAL_EXAMPLES", "0"))
TABLES = {
    "members": "segment, key, entered_at, run_id",
    "history": "segment, key, change, reason, at, run_id",
    "counts": "run_id, segment, members, entered, departed",
    "runs": "run_id, as_of, partial, entities, entered, departed",
    "stages": "lifecycle, key, stage, since, run_id",
    "stage_history": "lifecycle, key, from_stage, to_stage, reason, at, run_id",
    "stage_counts": "run_id, lifecycle, stage, entities, arrived, departed",
}
EXTENTS: Counter[str] = Counter()


class Loads(Protocol):
    """What puts the tables of a case into an engine."""

    def load(self, case: Case) -> None:
        """Creates them, in place of those before."""
        ...


class Stop(Exception):
    """Something that goes wrong when nearly all is written."""


def stops() -> Snapshot | None:
    raise Stop


def run(
    warehouse: Warehouse,
    moment: Moment,
    schema: str,
    *,
    full: bool,
    most_tiles: float = MOST_TILES,
    survey: Callable[[], Snapshot | None] = lambda: None,
) -> Outcome:
    plan, binding = moment.plan, moment.binding
    lifecycles = tuple(plan.lifecycles.values())
    request = Request(
        as_of=binding.as_of,
        ruleset="rules",
        segments=[Segment(name, definition_hash(d.expr)) for name, d in plan.segments.items()],
        entity=plan.catalog.entity.name,
        key=plan.catalog.entity.key.type.kind,
        schema=schema,
        lifecycles=lifecycles,
        replace_others=True,
    )
    flags = flags_of(lifecycles)
    words = words_query(plan, binding, warehouse.dialect, flags, warehouse.working)
    wanted = (
        None if full else Incremental(plan, binding, flags, most_touched=1, most_tiles=most_tiles)
    )
    return refresh(warehouse, request, words, lambda: 0, survey=survey, incremental=wanted)


def contents(warehouse: Warehouse, schema: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a store by table. One that is not there has none, as one that is empty."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, columns in TABLES.items():
        table = warehouse.store_table(schema, name)
        found[name] = []
        if warehouse.has_table(table):
            query = exp.select(*columns.split(", ")).from_(table)
            found[name] = sorted(warehouse.fetch(query), key=repr)
    return found


def as_is(case: Case) -> Case:
    """The case itself."""
    return case


def possible_of(moment: Moment, dialect: str) -> Moment:
    """The moment with the segments that an engine can compute, and stages where it can all."""
    plan = moment.plan
    some = possible(plan, dialect, plan.segments)
    if len(some) == len(plan.segments):
        return moment
    segments = {name: plan.segments[name] for name in some}
    return replace(moment, plan=replace(plan, segments=segments, lifecycles={}))


def follow(
    seed: int,
    warehouse: Warehouse,
    engine: Loads,
    schemas: str,
    fitted: Callable[[Case], Case] = as_is,
) -> None:
    """Runs a history in two schemas, one full at every step, and compares them.

    Some runs fail at their end first, which must leave everything as it was.
    """
    random = Random(seed)
    part, full = (f"{schemas}_{how}" for how in ("part", "full"))
    # From always a new base to never one.
    most_tiles = random.choice((0, MOST_TILES, 10 * MOST_TILES, 1_000))
    for moment in stream(seed, runs=5, entities=20):
        moment = possible_of(moment, warehouse.dialect)
        case = fitted(Case(moment.catalog, dict(moment.tables), ast.Module(()), moment.binding))
        plan = replace(moment.plan, catalog=case.catalog)
        moment = replace(moment, plan=plan, catalog=case.catalog)
        engine.load(case)
        if random.randrange(3) == 0:
            before = contents(warehouse, part)
            with pytest.raises(Stop):
                run(warehouse, moment, part, full=False, most_tiles=most_tiles, survey=stops)
            assert contents(warehouse, part) == before, seed
        outcome = run(warehouse, moment, part, full=False, most_tiles=most_tiles)
        check_kept(warehouse, moment, part)
        run(warehouse, moment, full, full=True)
        extent = outcome.extent
        EXTENTS[extent.reason if not extent.incremental else "incremental"] += 1
        EXTENTS["touched"] += extent.touched or 0
        EXTENTS["entities"] += outcome.entities if extent.incremental else 0
        found, expected = contents(warehouse, part), contents(warehouse, full)
        for table in expected:
            assert found[table] == expected[table], (seed, table, extent)


def search(examples: int, check: Callable[[int], None]) -> None:
    @settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(st.integers(0, 2**64 - 1))
    def each(seed: int) -> None:
        check(seed)

    each()
