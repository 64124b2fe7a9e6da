"""A run of a ruleset in a warehouse."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlglot import exp

from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.runtime.as_of import now
from segue.runtime.incremental.extent import everybody
from segue.runtime.incremental.increment import Incremental
from segue.runtime.lifecycles.flags import NO_FLAGS, Flags, flags_of
from segue.runtime.membership.definitions import definition_hash
from segue.runtime.membership.isolating import isolate, may_be_of_one, without
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment
from segue.runtime.membership.snapshots import take_snapshot
from segue.runtime.membership.store import SCHEMA, Store
from segue.runtime.membership.words import words_query
from segue.runtime.ruleset import Ruleset
from segue.runtime.segments import chosen
from segue.runtime.warehouse.failures import StatementFailed, told_with_catalog
from segue.runtime.warehouse.mistyped import check_types
from segue.runtime.warehouse.retrying import undone
from segue.runtime.warehouse.warehouse import Warehouse


def run_ruleset(
    ruleset: Ruleset,
    warehouse: Warehouse,
    as_of: int,
    *,
    schema: str = SCHEMA,
    only: Sequence[str] = (),
    trial: bool = False,
    full: bool = False,
    replace_others: bool = False,
    report: Callable[[str], None] = lambda step: None,
) -> Outcome:
    """Refreshes the membership of all segments, or of those named in `only`.

    Only what can have changed since the last run is computed, unless a `full` run is asked for.
    A schema that holds the segments of another project is refused, unless they `replace_others`.
    Where an engine stops at the values of a few entities, these stay where they are.
    """
    plan = ruleset.plan
    binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
    names = chosen(plan, only)
    lifecycles = tuple(plan.lifecycles.values())
    request = Request(
        as_of=as_of,
        ruleset=ruleset.fingerprint,
        segments=[Segment(name, definition_hash(plan.segments[name].expr)) for name in names],
        entity=plan.catalog.entity.name,
        key=plan.catalog.entity.key.type.kind,
        schema=schema,
        lifecycles=lifecycles,
        partial=bool(only),
        trial=trial,
        replace_others=replace_others,
    )
    flags = NO_FLAGS if only else flags_of(lifecycles)
    words = words_query(plan, binding, warehouse.dialect, flags, warehouse.working, warehouse.apart)

    with told_with_catalog(ruleset.project, warehouse.engine):
        warehouse.inspect(plan.catalog)
        check_types(warehouse, plan, binding)
        try:
            return undone(
                lambda: refresh(
                    warehouse,
                    request,
                    words,
                    now,
                    report,
                    lambda: take_snapshot(warehouse, plan, binding),
                    Incremental(plan, binding, flags, "it was asked for" if full else ""),
                )
            )
        except StatementFailed as failed:
            if not may_be_of_one(failed):
                raise
            report("looking for whom it fails")
            roots = [*(plan.segments[name].expr for name in names), *flags.conditions]
            found = isolate(Store(warehouse, schema), plan, binding, roots, failed)
        rest = replace(request, failed=found)
        outcome = undone(lambda: _refresh_others(warehouse, plan, binding, rest, flags, report))
        if found:
            return outcome
        return replace(outcome, extent=everybody("the engine stopped at events of nobody"))


def _refresh_others(
    warehouse: Warehouse,
    plan: Plan,
    binding: Binding,
    request: Request,
    flags: Flags,
    report: Callable[[str], None],
) -> Outcome:
    """A refresh of all but those who failed, at whose values nothing looks."""
    keys = tuple(one.key for one in request.failed)

    def others(query: exp.Query) -> exp.Query:
        return without(query, plan, keys, warehouse.dialect)

    words = words_query(
        plan, binding, warehouse.dialect, flags, warehouse.working, warehouse.apart, others
    )

    return refresh(
        warehouse,
        request,
        lambda layout: tuple(part.mapped(others) for part in words(layout)),
        now,
        report,
        lambda: take_snapshot(warehouse, plan, binding, others),
    )
