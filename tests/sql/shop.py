"""A small shop in which every row is there for a reason, in three engines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, to_microseconds
from segue.compiler.sql.query import CompiledQuery
from segue.compiler.sql.statements import compile_flags
from segue.grammar.parser import parse

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)

CATALOG = """
timezone: America/New_York
entity:
  name: person
  table: people
  key: person_id
  attributes:
    born: date?
    joined: timestamp?
    seen: {type: timestamp?, kind: instant}
    plan: {type: enum?, values: [free, pro, team]}
    name: string?
    credit: decimal(2)?
    score: float?
    logins: int?
    quota: {type: decimal(2)?, column: logins}
    rating: {type: decimal(1)?, column: score}
    staff: bool?
    patience: {type: duration(s)?}
    nick: {type: string?, default: "nobody"}
events:
  order:
    table: orders
    id: order_id
    at: placed_at
    properties:
      sku: string?
      amount: decimal(2)?
      weight: float?
      pieces: int?
      due: date?
      shipped: timestamp?
  view:
    table: clicks
    id: click_id
    at: {column: happened_at, kind: instant}
    where: {kind: view}
    properties: {page: string?, sku: string?, seconds: {type: duration(s)?}}
  cart:
    table: clicks
    id: click_id
    at: {column: happened_at, kind: instant}
    where: {kind: cart}
    properties: {page: string?, sku: string?}
  touch:
    any_of: [view, cart]
  holiday:
    table: holidays
    at: {column: day, kind: date}
    properties: {place: string?}
  anything:
    any_of: [order, view, cart]
"""

TABLES: dict[str, dict[str, str]] = {
    "people": {
        "person_id": "int",
        "born": "date",
        "joined": "utc",
        "seen": "instant",
        "plan": "text",
        "name": "text",
        "credit": "decimal",
        "score": "float",
        "logins": "int",
        "staff": "bool",
        "patience": "int",
        "nick": "text",
    },
    "orders": {
        "order_id": "int",
        "person_id": "int",
        "placed_at": "utc",
        "sku": "text",
        "amount": "decimal",
        "weight": "float",
        "pieces": "int",
        "due": "date",
        "shipped": "utc",
    },
    "clicks": {
        "click_id": "text",
        "person_id": "int",
        "happened_at": "instant",
        "kind": "text",
        "page": "text",
        "sku": "text",
        "seconds": "int",
    },
    "holidays": {"person_id": "int", "day": "date", "place": "text"},
}

TYPES = {
    "duckdb": {
        "int": "INTEGER",
        "text": "VARCHAR",
        "utc": "TIMESTAMP",
        "instant": "TIMESTAMPTZ",
        "date": "DATE",
        "decimal": "DECIMAL(12, 3)",
        "float": "DOUBLE",
        "bool": "BOOLEAN",
    },
    "postgres": {
        "int": "INTEGER",
        "text": "VARCHAR",
        "utc": "TIMESTAMP",
        "instant": "TIMESTAMPTZ",
        "date": "DATE",
        "decimal": "NUMERIC(12, 3)",
        "float": "DOUBLE PRECISION",
        "bool": "BOOLEAN",
    },
    "sqlite": {
        "int": "INTEGER",
        "text": "TEXT",
        "utc": "TEXT",
        "instant": "TEXT",
        "date": "TEXT",
        "decimal": "REAL",
        "float": "REAL",
        "bool": "INTEGER",
    },
}

Rows = dict[str, list[dict[str, Any]]]


class Engine(Protocol):
    """Something that runs SQL of one dialect."""

    dialect: str

    def run(self, statement: str) -> list[tuple[Any, ...]]: ...


def ago(text: str) -> datetime:
    """An instant before NOW, as in `30d` or `1h`."""
    sizes = {"d": timedelta(days=1), "h": timedelta(hours=1), "s": timedelta(seconds=1)}
    if text.endswith("us"):
        return NOW - timedelta(microseconds=int(text[:-2]))
    return NOW - int(text[:-1]) * sizes[text[-1]]


def catalog() -> Catalog:
    result = load_catalog(CATALOG)
    assert result.catalog is not None, result.diagnostics
    return result.catalog


def plan(rules: str) -> Plan:
    """The plan of some rules."""
    parsed = parse(rules, "rules.seg")
    assert not parsed.diagnostics, parsed.diagnostics
    result = analyse([Source((), parsed.module)], catalog())
    assert result.plan is not None, [d.message for d in result.diagnostics]
    return result.plan


def binding(now: datetime = NOW) -> Binding:
    return Binding(to_microseconds(now), ZoneInfo("America/New_York"))


def segment_words(
    plan: Plan, dialect: str, names: Sequence[str | None] | None = None
) -> CompiledQuery:
    """The members of all segments, or of those named, as bits of words; None is an unused bit."""
    names = tuple(plan.segments) if names is None else names
    roots = [None if name is None else plan.segments[name].expr for name in names]
    return compile_flags(plan, binding(), dialect, roots)


@dataclass
class Shop:
    """Tables in one engine."""

    engine: Engine

    def create(self) -> None:
        types = TYPES[self.engine.dialect]
        for table, columns in TABLES.items():
            listed = ", ".join(f'"{name}" {types[kind]}' for name, kind in columns.items())
            self.engine.run(f'CREATE TABLE "{table}" ({listed})')

    def fill(self, rows: Rows) -> None:
        """These rows and no others."""
        for table, columns in TABLES.items():
            self.engine.run(f'DELETE FROM "{table}"')
            for row in rows.get(table, []):
                values = ", ".join(
                    self.literal(row.get(name), kind) for name, kind in columns.items()
                )
                self.engine.run(f'INSERT INTO "{table}" VALUES ({values})')

    def literal(self, value: Any, kind: str) -> str:
        sqlite = self.engine.dialect == "sqlite"
        match value:
            case None:
                return "NULL"
            case bool():
                return str(int(value)) if sqlite else str(value)
            case float():
                if value != value or abs(value) == float("inf"):
                    quoted = {"nan": "NULL", "inf": "9e999", "-inf": "-9e999"}[str(value)]
                    return quoted if sqlite else f"CAST('{value}' AS {self.double})"
                return f"CAST({value!r} AS {'REAL' if sqlite else self.double})"
            case datetime():
                zone = "" if sqlite or kind == "utc" else "+00"
                return f"'{value.replace(tzinfo=None).isoformat(' ')}{zone}'"
            case date():
                return f"'{value.isoformat()}'"
            case Decimal() | int():
                return str(value)
        return "'" + str(value).replace("'", "''") + "'"

    @property
    def double(self) -> str:
        return TYPES[self.engine.dialect]["float"]
