"""The tables behind a catalog: which columns each has, of what physical kind."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from segue.compiler.catalog.model import Catalog, Field, TableEvent, TimeKind, Unit
from segue.compiler.catalog.partition import Holds
from segue.compiler.types import Kind, Type


class Store(StrEnum):
    """How a column holds its values; an engine has one type for each."""

    BOOL = "bool"
    INT = "int"
    INT32 = "int32"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    DATE = "date"
    UTC = "utc"
    INSTANT = "instant"


Row = dict[str, Any]
"""Values by column, as Python holds them: Decimal, date, datetime (UTC), None, …"""


@dataclass
class Table:
    """One table, in full."""

    name: str
    columns: dict[str, tuple[Store, int]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


_TIMES = {TimeKind.UTC: Store.UTC, TimeKind.INSTANT: Store.INSTANT, TimeKind.DATE: Store.DATE}
_PARTITIONS = {
    Holds.DATE: Store.DATE,
    Holds.TIMESTAMP: Store.UTC,
    Holds.INSTANT: Store.INSTANT,
    Holds.STRING: Store.TEXT,
    Holds.INT: Store.INT,
}
_STORES = {
    Kind.BOOL: Store.BOOL,
    Kind.INT: Store.INT,
    Kind.DECIMAL: Store.DECIMAL,
    Kind.FLOAT: Store.FLOAT,
    Kind.RATIO: Store.FLOAT,
    Kind.PROBABILITY: Store.FLOAT,
    Kind.STRING: Store.TEXT,
    Kind.ENUM: Store.TEXT,
    Kind.DATE: Store.DATE,
}


def store(column: Field) -> Store:
    """How the column of an attribute or property holds its values."""
    match column.type.kind:
        case Kind.INT if column.maximum is not None and column.maximum < 2**31:
            return Store.INT32
        case Kind.TIMESTAMP:
            return _TIMES[column.time or TimeKind.UTC]
        case Kind.DURATION:
            whole = column.unit in (None, Unit.MICROSECOND, Unit.MILLISECOND)
            return Store.INT if whole else Store.FLOAT
        case kind:
            return _STORES[kind]


def empty_tables(catalog: Catalog) -> dict[str, Table]:
    """The tables of a catalog without rows, by name; the entity's first."""
    entity = catalog.entity
    tables = {entity.table.name: Table(entity.table.name)}
    columns = tables[entity.table.name].columns
    columns[entity.key.name] = _of(entity.key.type)
    for attribute in entity.attributes.values():
        columns[attribute.column] = (store(attribute), attribute.type.scale)
    for event in catalog.events.values():
        if isinstance(event, TableEvent):
            table = tables.setdefault(event.table.name, Table(event.table.name))
            _event_columns(table, event, entity.key.type)
    return tables


def _event_columns(table: Table, event: TableEvent, key: Type) -> None:
    columns = table.columns
    columns[event.key] = _of(key)
    columns[event.at.name] = (_TIMES[event.at.kind], 0)
    if event.partition is not None:
        columns[event.partition.column] = (_PARTITIONS[event.partition.holds], 0)
    if event.id is not None:
        columns[event.id.name] = _of(event.id.type)
    for name, values in event.where.items():
        kinds = {bool: Store.BOOL, int: Store.INT, str: Store.TEXT}
        columns[name] = (kinds[type(values[0])], 0)
    for prop in event.properties.values():
        columns[prop.column] = (store(prop), prop.type.scale)


def _of(type: Type) -> tuple[Store, int]:
    return _STORES[type.kind], type.scale
