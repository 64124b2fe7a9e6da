"""A case as readable YAML, and back: the form of the regressions and of failure reports."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from parity.case import Case, Tables
from parity.generate.text import source
from parity.tables import Store, empty_tables
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog, Field, TableEvent, UnionEvent
from segue.compiler.catalog.partition import Partition
from segue.compiler.plan.windows import Binding, from_microseconds, to_days, to_microseconds
from segue.compiler.types import Kind, Type
from segue.grammar.parser import parse

UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "min": 60, "s": 1}


def load_case(document: Mapping[str, Any]) -> Case:
    """The case that a YAML document describes."""
    loaded = load_catalog(yaml.safe_dump(document["catalog"], sort_keys=False))
    assert loaded.catalog is not None, loaded.diagnostics
    parsed = parse(document["rules"], "rules.seg")
    assert not parsed.diagnostics, parsed.diagnostics
    zone = ZoneInfo(loaded.catalog.timezone)
    binding = Binding(to_microseconds(moment(document["as_of"])), zone)
    tables = empty_tables(loaded.catalog)
    for name, rows in document["tables"].items():
        table = tables[name]
        for row in rows or ():
            unknown = row.keys() - table.columns.keys()
            assert not unknown, f"{name} has no columns {unknown}"
            table.rows.append(
                {
                    column: held(row.get(column), store)
                    for column, (store, _) in table.columns.items()
                }
            )
    return Case(loaded.catalog, tables, parsed.module, binding)


def moment(value: Any) -> datetime:
    """An instant; without a zone it is UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def held(value: Any, store: Store) -> Any:
    """A value of YAML as the column holds it."""
    if value is None:
        return None
    match store:
        case Store.DECIMAL:
            return Decimal(str(value))
        case Store.FLOAT:
            return float(value)
        case Store.DATE:
            return value if isinstance(value, date) else date.fromisoformat(value)
        case Store.UTC | Store.INSTANT:
            return moment(value)
    return value


def expected(value: Any, type: Type) -> Any:
    """A value of YAML in the representation of its type."""
    if value is None:
        return None
    match type.kind:
        case Kind.DECIMAL:
            return int(Decimal(str(value)).scaleb(type.scale))
        case Kind.DATE:
            return to_days(held(value, Store.DATE))
        case Kind.TIMESTAMP:
            return to_microseconds(moment(value))
        case Kind.DURATION:
            number, unit = str(value).split()
            return int(Decimal(number) * UNITS[unit] * 1_000_000)
        case Kind.FLOAT | Kind.RATIO | Kind.PROBABILITY:
            return float(value)
    return value


def write_case(case: Case, name: str) -> str:
    """The YAML of a case; only tables and columns that hold anything."""
    document = {
        "name": name,
        "as_of": _spelled(from_microseconds(case.binding.as_of)),
        "catalog": _catalog(case.catalog, case.tables),
        "tables": {
            table.name: [
                {column: _spelled(value) for column, value in row.items() if value is not None}
                for row in table.rows
            ]
            for table in case.tables.values()
        },
        "rules": source(case.rules),
    }
    dumped: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return dumped


def _spelled(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value


def _catalog(catalog: Catalog, tables: Tables) -> dict[str, Any]:
    entity = catalog.entity
    document: dict[str, Any] = {
        "timezone": catalog.timezone,
        "entity": {
            "name": entity.name,
            "table": entity.table.name,
            "key": {"column": entity.key.name, "type": str(entity.key.type.kind)},
            "attributes": _fields(entity.attributes.values()),
        },
        "events": {},
    }
    for event in catalog.events.values():
        if isinstance(event, UnionEvent):
            document["events"][event.name] = {"any_of": list(event.any_of)}
            continue
        assert isinstance(event, TableEvent)
        written: dict[str, Any] = {
            "table": event.table.name,
            "key": event.key,
            "at": {"column": event.at.name, "kind": str(event.at.kind)},
        }
        if event.id is not None:
            written["id"] = {"column": event.id.name, "type": str(event.id.type.kind)}
        if event.where:
            written["where"] = {column: list(values) for column, values in event.where.items()}
        if event.partition is not None:
            written["partition"] = _partition(event.partition)
        written["properties"] = _fields(event.properties.values())
        document["events"][event.name] = written
    return document


def _partition(partition: Partition) -> dict[str, Any]:
    written = {"column": partition.column, "by": str(partition.by), "type": str(partition.holds)}
    if partition.format:
        written["format"] = partition.format
    for name, length in (("lag", partition.lag), ("lead", partition.lead)):
        # A catalog has no shorter length than a minute.
        written |= {name: f"{-(-length // 60_000_000)}m"} if length else {}
    return written


def _fields(fields: Iterable[Field]) -> dict[str, Any]:
    found = {}
    for field in fields:
        written: dict[str, Any] = {"type": str(field.type), "column": field.column}
        if field.type.values is not None:
            written["values"] = list(field.type.values)
        if field.unit is not None:
            written["unit"] = str(field.unit)
        if field.time is not None:
            written["kind"] = str(field.time)
        if field.maximum is not None:
            written["max"] = field.maximum
        if field.default is not None:
            written["default"] = _default(field)
        found[field.name] = written
    return found


def _default(field: Field) -> Any:
    value: Any = field.default
    match field.type.kind:
        case Kind.DECIMAL:
            return str(Decimal(value).scaleb(-field.type.scale))
        case Kind.DATE:
            return date.fromordinal(date(1970, 1, 1).toordinal() + value).isoformat()
        case Kind.TIMESTAMP:
            return _spelled(from_microseconds(value))
        case Kind.DURATION:
            return f"{value // 1_000_000}s"
    return value
