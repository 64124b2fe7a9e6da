"""Values that are not as the catalog says: counted by field and fault, with whom they belong to.

The run goes on without them, or with what is left of them. Keys are personal data, so they are
looked up only for who asks for them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.incremental.sources import lateness_of
from segue.compiler.plan.nodes import reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.readings import Reading, readings
from segue.compiler.plan.windows import Binding, Bounds
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.quality import Fault, faults, key_fault, time_fault
from segue.compiler.sql.rows import Rows, table
from segue.compiler.sql.trees import Tree, case, column, integer, is_null, not_null
from segue.compiler.types import Type
from segue.runtime.membership.outcome import Failed, Key, Repeats
from segue.runtime.warehouse.failures import StatementFailed
from segue.runtime.warehouse.warehouse import Warehouse

MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class ValueFault:
    """So many rows hold such a value; `keys` are those of the first entities, where asked for.

    `event` is the event whose property it is, None for an attribute or the key. Of rows without
    a key `entities` is how many rows there are. `reason` is what the engine says of those it
    could not evaluate.
    """

    attribute: str
    fault: Fault
    entities: int
    keys: tuple[int | str, ...] = ()
    event: str | None = None
    rows: int = 0
    reason: str = ""

    @property
    def name(self) -> str:
        """The field as a rule writes it: `age`, or `purchase.price`."""
        return self.attribute if self.event is None else f"{self.event}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to look for faults: a table, its key, and which of its rows count.

    Those are the rows of any of `where`, of which no two have a row in common. `compared` is the
    key as what tells entities apart, whatever the collation of its column.
    """

    source: exp.Table
    key: str
    compared: Tree
    event: str | None
    found: Sequence[tuple[str, Fault, Tree]]
    where: Sequence[Tree] = ()


def find_faults(
    warehouse: Warehouse,
    plan: Plan,
    binding: Binding,
    *,
    repeats: Repeats | None = None,
    failed: Sequence[Failed] = (),
    seen: int | None = None,
    with_keys: bool = False,
) -> list[ValueFault]:
    """The faults of the key, the attributes and the event properties that the rules read.

    Events count where a window at `binding` holds them, and, of those that the catalog says how
    late they come, where they can have come since an earlier run has `seen` them, as of that
    instant in microseconds. One query for each table; what it finds is then looked up. `repeats`
    are the keys of several rows that a run has met, `failed` those that it could not evaluate.
    """
    found = list(_failures(plan, failed, with_keys=with_keys))
    if repeats is not None:
        found.append(_repeated(plan, repeats, with_keys=with_keys))
    for place in _places(plan, binding, seen, dialect(warehouse.dialect)):
        try:
            found += _look(warehouse, place, with_keys=with_keys)
        except StatementFailed:
            # The engine stops at what it has stopped at before, which is told already.
            if not failed:
                raise
    return found


def _failures(plan: Plan, failed: Sequence[Failed], *, with_keys: bool) -> Iterator[ValueFault]:
    reasons: dict[str, list[Key]] = {}
    for one in failed:
        reasons.setdefault(one.reason, []).append(one.key)
    for reason, keys in reasons.items():
        shown = tuple(keys) if with_keys else ()
        name = plan.catalog.entity.key.name
        yield ValueFault(name, Fault.FAILED, len(keys), shown, rows=len(keys), reason=reason)


def _repeated(plan: Plan, repeats: Repeats, *, with_keys: bool) -> ValueFault:
    name, fault = plan.catalog.entity.key.name, Fault.REPEATED_KEY
    keys = repeats.keys[:MOST_KEYS] if with_keys else ()
    return ValueFault(name, fault, repeats.entities, keys, rows=repeats.rows)


def _places(plan: Plan, binding: Binding, seen: int | None, target: Dialect) -> Iterator[_Place]:
    entity = plan.catalog.entity
    names = dict.fromkeys(
        str(node.param) for node in reachable(plan.roots) if node.op == "attribute"
    )
    names.pop(entity.key.name, None)
    read = [fault for name in names for fault in faults(target, entity.attributes[name])]
    key = target.key(column(entity.key.name), entity.key.type)
    found = [key_fault(entity), *read]
    yield _Place(table(entity.table), entity.key.name, key, None, found)
    looked: dict[str, Reading] = {}
    for event, reading in readings(plan.roots, binding).items():
        for member in plan.catalog.members(event):
            known = looked.get(member.name)
            looked[member.name] = reading if known is None else known.joined(reading)
    for name, reading in looked.items():
        event_member = plan.catalog.events[name]
        assert isinstance(event_member, TableEvent)
        unseen = _unseen(plan.catalog, event_member, reading, seen)
        yield _event_place(event_member, entity.key.type, unseen, target)


def _unseen(catalog: Catalog, event: TableEvent, reading: Reading, seen: int | None) -> Reading:
    """What is read of an event that may have come since all of it was seen as of an instant."""
    late = lateness_of(catalog, event)
    if seen is None or late is None or event.arrived is not None:
        return reading
    after, until = reading.covered
    closed = seen - late
    return replace(reading, covered=Bounds(closed if after is None else max(after, closed), until))


def _event_place(event: TableEvent, key: Type, reading: Reading, target: Dialect) -> _Place:
    rows = Rows(target, event.name, (event,), key)
    read = [
        fault for name in reading.properties for fault in faults(target, event.properties[name])
    ]
    which = rows.condition()
    always = [rows.usable(), *([which] if which is not None else [])]
    # Apart, so that an engine can skip the rows of other times.
    where = [
        exp.and_(*times, *rows.partitions(reading.covered), *always)
        for times in (rows.within(reading.covered), [is_null(rows.time)])
    ]
    compared = target.key(column(event.key), key)
    found = [time_fault(event), *read]
    return _Place(rows.source, event.key, compared, event.name, found, where)


def _look(warehouse: Warehouse, place: _Place, *, with_keys: bool) -> Iterator[ValueFault]:
    counts = [
        exp.Count(this=case((condition.copy(), integer(1)))) for _, _, condition in place.found
    ]
    query: exp.Query = exp.select(*counts, copy=False).from_(place.source.copy())
    if place.where:
        parts = [query.copy().where(where.copy()) for where in place.where]
        query = exp.union(*parts, distinct=False, copy=False)
    totals = [sum(found) for found in zip(*warehouse.fetch(query), strict=True)]
    for (name, fault, condition), rows in zip(place.found, totals, strict=True):
        if not rows:
            continue
        entities = int(rows)
        keys: tuple[int | str, ...] = ()
        if fault is not Fault.NO_KEY:
            whose = exp.and_(condition, exp.or_(*place.where)) if place.where else condition
            if place.event is not None:
                entities = _entities(warehouse, place, whose)
            keys = _keys(warehouse, place, whose) if with_keys else ()
        yield ValueFault(name, fault, entities, keys, place.event, int(rows))


def _entities(warehouse: Warehouse, place: _Place, whose: Tree) -> int:
    different = exp.Count(this=exp.Distinct(expressions=[place.compared.copy()]))
    query = exp.select(different, copy=False).from_(place.source.copy()).where(whose)
    return int(warehouse.fetch(query)[0][0])


def _keys(warehouse: Warehouse, place: _Place, whose: Tree) -> tuple[int | str, ...]:
    key, compared = column(place.key), place.compared
    query = exp.select(key).from_(place.source.copy()).where(whose, not_null(key.copy()))
    # By both: what an engine groups by one alone, it may not show the other of.
    query = query.group_by(*dict.fromkeys((compared.copy(), key.copy())))
    rows = warehouse.fetch(query.order_by(compared.copy()).limit(MOST_KEYS))
    return tuple(row[0] for row in rows)


def fault_text(fault: ValueFault, plan: Plan) -> str:
    """A fault on one line: `fault: visits of 3 customers: below its range (keys 4, 9, 12)`."""
    people = _counted(fault.entities, plan.catalog.entity.name)
    if fault.event is not None:
        people = f"{people} in {_counted(fault.rows, 'row')}"
    shown = ", ".join(str(key) for key in fault.keys)
    more = " …" if len(fault.keys) < fault.entities else ""
    keys = f" ({shown}{more})" if shown else ""
    if fault.fault is Fault.FAILED:
        return f"fault: {people} {fault.fault}{keys}: {fault.reason}"
    return f"fault: `{fault.name}` of {people}: {fault.fault}{keys}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def fault_json(fault: ValueFault) -> dict[str, Any]:
    """A fault as data."""
    return {
        "attribute": fault.attribute,
        "event": fault.event,
        "fault": fault.fault.name.lower(),
        "entities": fault.entities,
        "rows": fault.rows,
        "keys": list(fault.keys),
        **({"reason": fault.reason} if fault.reason else {}),
    }
