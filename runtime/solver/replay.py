"""Replays witnesses in DuckDB: what Python and SQL agree on is told, and nothing else."""

from collections.abc import Mapping

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.witness import Witness, rows_of
from segue.runtime.testing.database import Tables
from segue.runtime.testing.model import Given


def given_of(witness: Witness, catalog: Catalog) -> Given:
    """A witness as what a test of rules gives."""
    rows = {table: tuple(found) for table, found in rows_of(witness, catalog).items()}
    return Given(witness.attributes, rows)


def confirmed(plan: Plan, found: Mapping[str, tuple[Expr, Witness]]) -> frozenset[str]:
    """Which conditions of the plan DuckDB says their witnesses fulfil."""
    if not found:
        return frozenset()
    catalog = plan.catalog
    tables = Tables(plan)
    key = catalog.entity.key.name
    batches: dict[object, dict[str, tuple[Expr, Witness]]] = {}
    for name, (condition, witness) in found.items():
        # Two witnesses may ask for the same key.
        place = (witness.as_of, name if key in witness.attributes else None)
        batches.setdefault(place, {})[name] = (condition, witness)
    good: set[str] = set()
    for batch in batches.values():
        as_of = next(iter(batch.values()))[1].as_of
        given = [given_of(witness, catalog) for _, witness in batch.values()]
        answers = tables.values(given, as_of, [condition for condition, _ in batch.values()])
        for (name, (condition, _)), answer in zip(batch.items(), answers, strict=True):
            if answer[condition.id] is True:
                good.add(name)
    return frozenset(good)
