"""What a run would do and what that would cost, told without running anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from segue.compiler.plan.windows import Binding
from segue.runtime.as_of import show_instant
from segue.runtime.lifecycles.flags import NO_FLAGS, flags_of
from segue.runtime.membership.slots import Segment, arrange
from segue.runtime.membership.words import words_query
from segue.runtime.ruleset import Ruleset
from segue.runtime.segments import chosen
from segue.runtime.warehouse.cost import Cost, together
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Estimate:
    """The query of a run, or its queries: what they compute, the tables they read, and their size
    as text.

    `cost` is None for an engine that estimates nothing. It is without what reading working tables
    costs, which hold a part of a condition that is too large for a statement.
    """

    as_of: int
    segments: tuple[str, ...]
    lifecycles: tuple[str, ...]
    tables: tuple[str, ...]
    queries: int
    characters: int
    cost: Cost | None


def estimate_run(
    ruleset: Ruleset, warehouse: Warehouse, as_of: int, only: Sequence[str] = ()
) -> Estimate:
    """What a run of all segments, or those named in `only`, would ask of the warehouse."""
    plan = ruleset.plan
    names = chosen(plan, only)
    lifecycles = () if only else tuple(plan.lifecycles.values())
    binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
    flags = flags_of(lifecycles) if lifecycles else NO_FLAGS
    layout = arrange([], [Segment(name, "") for name in names])
    # Of tables that are not there yet, no engine knows what reading them costs.
    words = words_query(plan, binding, warehouse.dialect, flags, apart=warehouse.apart)(layout)
    queries = [query for part in words for query in (*(m.query for m in part.tables), part.query)]
    made = {_name(made.table) for part in words for made in part.tables}
    read = [_tables(query) for query in queries]
    with told_with_catalog(ruleset.project, warehouse.engine):
        costs = [
            warehouse.estimate(query)
            for query, tables in zip(queries, read, strict=True)
            if made.isdisjoint(tables)
        ]
    return Estimate(
        as_of=as_of,
        segments=names,
        lifecycles=tuple(lifecycle.name for lifecycle in lifecycles),
        tables=tuple(sorted({table for tables in read for table in tables} - made)),
        queries=len(queries),
        characters=sum(len(warehouse.text(query)) for query in queries),
        cost=together(costs),
    )


def _tables(query: exp.Query) -> tuple[str, ...]:
    """The tables that a query reads, by name, without the steps it names itself."""
    steps = {step.alias for step in query.find_all(exp.CTE)}
    found = (
        _name(table) for table in query.find_all(exp.Table) if table.db or table.name not in steps
    )
    return tuple(sorted(set(found)))


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)


def estimate_text(estimate: Estimate, schema: str) -> str:
    """For a person, a line each for what is computed, read, written and paid."""
    count = len(estimate.segments)
    computed = f"{count} segment{'' if count == 1 else 's'}"
    if estimate.lifecycles:
        computed += f" and the lifecycle{'' if len(estimate.lifecycles) == 1 else 's'} "
        computed += ", ".join(estimate.lifecycles)
    parted = f" in {estimate.queries} statements" if estimate.queries > 1 else ""
    lines = [
        f"computes  {computed} as of {show_instant(estimate.as_of)}",
        f"reads     {', '.join(estimate.tables)}",
        f"writes    the schema {schema}",
        f"query     {estimate.characters:,} characters{parted}",
        f"estimate  {estimate.cost or 'this engine gives none'}",
    ]
    return "\n".join(lines)


def estimate_json(estimate: Estimate) -> dict[str, Any]:
    """The same as data."""
    return {
        "as_of": show_instant(estimate.as_of),
        "segments": list(estimate.segments),
        "lifecycles": list(estimate.lifecycles),
        "tables": list(estimate.tables),
        "queries": estimate.queries,
        "characters": estimate.characters,
        "cost": None if estimate.cost is None else dict(estimate.cost.to_json()),
    }
