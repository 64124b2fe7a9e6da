"""A run of a ruleset in a warehouse."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import Binding
from segue.runtime.as_of import now
from segue.runtime.lifecycles.flags import NO_FLAGS, flags_of
from segue.runtime.membership.definitions import definition_hash
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment
from segue.runtime.membership.snapshots import take_snapshot
from segue.runtime.membership.store import SCHEMA
from segue.runtime.membership.words import words_query
from segue.runtime.ruleset import Ruleset
from segue.runtime.segments import chosen
from segue.runtime.warehouse.failures import told_with_catalog
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
    report: Callable[[str], None] = lambda step: None,
) -> Outcome:
    """Refreshes the membership of all segments, or of those named in `only`."""
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
    )
    flags = NO_FLAGS if only else flags_of(lifecycles)
    words = words_query(plan, binding, warehouse.dialect, flags)
    with told_with_catalog(ruleset.project, warehouse.dialect):
        warehouse.inspect(plan.catalog)
        return undone(
            lambda: refresh(
                warehouse,
                request,
                words,
                now,
                report,
                lambda: take_snapshot(warehouse, plan, binding),
            )
        )
