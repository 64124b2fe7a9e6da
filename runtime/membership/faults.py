"""Entities whose values are not as the catalog says: counted by attribute and fault.

The run goes on without them, or with what is left of them. Keys are personal data, so they are
looked up only for who asks for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from segue.compiler.plan.nodes import reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.quality import Fault, faults, key_fault
from segue.compiler.sql.rows import table
from segue.compiler.sql.trees import case, column, integer
from segue.runtime.warehouse.warehouse import Warehouse

MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class ValueFault:
    """So many entities have such a value; `keys` are those of the first ones, where asked for."""

    attribute: str
    fault: Fault
    entities: int
    keys: tuple[int | str, ...] = ()


def find_faults(warehouse: Warehouse, plan: Plan, *, with_keys: bool = False) -> list[ValueFault]:
    """The faults of the key and of all attributes that the rules read, from one query."""
    found = _conditions(warehouse, plan)
    counts = [exp.Count(this=case((condition.copy(), integer(1)))) for _, _, condition in found]
    source = table(plan.catalog.entity.table)
    row = warehouse.fetch(exp.select(*counts, copy=False).from_(source))[0]
    return [
        ValueFault(
            attribute,
            fault,
            int(entities),
            _keys(warehouse, plan, condition) if with_keys and fault is not Fault.NO_KEY else (),
        )
        for (attribute, fault, condition), entities in zip(found, row, strict=True)
        if entities
    ]


def _conditions(warehouse: Warehouse, plan: Plan) -> Sequence[tuple[str, Fault, exp.Expr]]:
    entity, target = plan.catalog.entity, dialect(warehouse.dialect)
    names = dict.fromkeys(
        str(node.param) for node in reachable(plan.roots) if node.op == "attribute"
    )
    names.pop(entity.key.name, None)
    read = (fault for name in names for fault in faults(target, entity.attributes[name]))
    return [key_fault(entity), *read]


def _keys(warehouse: Warehouse, plan: Plan, condition: exp.Expr) -> tuple[int | str, ...]:
    key = column(plan.catalog.entity.key.name)
    query = exp.select(key).from_(table(plan.catalog.entity.table)).where(condition)
    rows = warehouse.fetch(query.order_by(key.copy()).limit(MOST_KEYS))
    return tuple(row[0] for row in rows if row[0] is not None)


def fault_text(fault: ValueFault, plan: Plan) -> str:
    """A fault on one line: `fault: visits of 3 customers: below its range (keys 4, 9, 12)`."""
    entity = plan.catalog.entity.name
    people = f"{fault.entities:,} {entity}{'' if fault.entities == 1 else 's'}"
    shown = ", ".join(str(key) for key in fault.keys)
    more = " …" if len(fault.keys) < fault.entities else ""
    keys = f" ({shown}{more})" if shown else ""
    return f"fault: `{fault.attribute}` of {people}: {fault.fault}{keys}"


def fault_json(fault: ValueFault) -> dict[str, Any]:
    """A fault as data."""
    return {
        "attribute": fault.attribute,
        "fault": fault.fault.name.lower(),
        "entities": fault.entities,
        "keys": list(fault.keys),
    }
