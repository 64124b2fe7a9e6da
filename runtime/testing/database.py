"""The same tests in DuckDB: all entities with one `as_of` in one query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from sqlglot import exp

from segue.compiler.catalog.model import (
    Catalog,
    Field,
    TableEvent,
    TableName,
    TimeKind,
    Unit,
    Value,
)
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding, from_microseconds
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import generate, prepare
from segue.compiler.sql.rows import table as table_of
from segue.compiler.sql.trees import column as column_of
from segue.compiler.types import FLOATS, Kind, Type
from segue.runtime.testing.judge import named_expressions
from segue.runtime.testing.model import Given

ENGINE = "duckdb"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table: its SQL type, and what it holds."""

    sql: str
    type: Type
    unit: Unit | None = None
    time: TimeKind | None = None

    def stored(self, value: Value | None) -> Any:
        """The value as a text or number that casts to the column's type."""
        if value is None:
            return None
        kind = self.type.kind
        if kind is Kind.DECIMAL:
            return str(Decimal(int(value)).scaleb(-self.type.scale))
        if kind is Kind.DATE or self.time is TimeKind.DATE:
            days = int(value) // 86_400_000_000 if kind is Kind.TIMESTAMP else int(value)
            return (date(1970, 1, 1) + timedelta(days=days)).isoformat()
        if kind is Kind.TIMESTAMP:
            moment = from_microseconds(int(value))
            zoned = self.time is TimeKind.INSTANT
            return moment.isoformat() if zoned else moment.replace(tzinfo=None).isoformat()
        if kind is Kind.DURATION and self.unit is not None:
            whole, rest = divmod(int(value), self.unit.microseconds)
            return float(whole) if not rest else int(value) / self.unit.microseconds
        return value


class Tables:
    """The tables of a catalog in a DuckDB database in memory, empty at first."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan = replace(plan, catalog=plan.catalog.unpartitioned)
        self.columns = _columns(plan.catalog)
        self._queries: dict[tuple[int, tuple[int, ...]], str] = {}
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET enable_progress_bar = false")
        for name, columns in self.columns.items():
            self._create(name, columns)

    def _create(self, name: TableName, columns: Mapping[str, _Column]) -> None:
        if name.catalog is not None:
            self._run(exp.Attach(this=_memory(name.catalog), exists=True))
        if name.schema is not None:
            where = exp.Table(db=_name(name.schema), catalog=_optional_name(name.catalog))
            self._run(exp.Create(this=where, kind="SCHEMA", exists=True))
        definitions = [
            exp.ColumnDef(this=_name(title), kind=exp.DataType.build(column.sql, udt=True))
            for title, column in columns.items()
        ]
        schema = exp.Schema(this=table_of(name), expressions=definitions)
        self._run(exp.Create(this=schema, kind="TABLE"))

    def evaluate(self, batch: Sequence[Given], as_of: int) -> list[dict[int, Any]]:
        """For each entity, the value of everything the plan names, by expression."""
        return self.values(batch, as_of, [expr for _, expr in named_expressions(self.plan)])

    def values(
        self, batch: Sequence[Given], as_of: int, roots: Iterable[Expr]
    ) -> list[dict[int, Any]]:
        """For each entity, the value of each root, by expression."""
        keys = self._fill(batch)
        by_id = {root.id: root for root in roots}
        wanted = (as_of, tuple(by_id))
        if wanted not in self._queries:
            self._queries[wanted] = self._query(as_of, by_id)
        rows = self.connection.execute(self._queries[wanted]).fetchall()
        found = {row[0]: dict(zip(by_id, row[1:], strict=True)) for row in rows}
        return [found[key] for key in keys]

    def _query(self, as_of: int, roots: Mapping[int, Expr]) -> str:
        plan = self.plan
        binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
        prepared = prepare(plan, binding, dialect(ENGINE), list(roots.values()))
        items = [
            exp.alias_(prepared.value(root), f"v{id}", quoted=True) for id, root in roots.items()
        ]
        query = prepared.finish(prepared.select(column_of(prepared.key), *items), "")
        query.comments = None
        return generate(query, ENGINE, pretty=False)

    def _fill(self, batch: Sequence[Given]) -> list[int | str]:
        """Replaces all rows by those of a batch; the key of each entity."""
        catalog = self.plan.catalog
        entity = catalog.entity
        keys = keys_of(batch, catalog)
        rows: dict[TableName, list[dict[str, Value | None]]] = {name: [] for name in self.columns}
        tables = {str(name): name for name in self.columns}
        owner = {e.table: e.key for e in catalog.events.values() if isinstance(e, TableEvent)}
        for given, key in zip(batch, keys, strict=True):
            attributes = {
                entity.attributes[name].column: value
                for name, value in given.attributes.items()
                if name in entity.attributes
            }
            rows[entity.table].append({**attributes, entity.key.name: key})
            for address, events in given.rows.items():
                name = tables[address]
                rows[name] += [{**row, owner[name]: key} for row in events]
        for name, found in rows.items():
            self._replace(name, found)
        return keys

    def _replace(self, name: TableName, rows: Sequence[Mapping[str, Value | None]]) -> None:
        self._run(exp.Delete(this=table_of(name)))
        if not rows:
            return
        columns = self.columns[name]
        items, lists = [], []
        for title, column in columns.items():
            values = exp.Anonymous(this="UNNEST", expressions=[exp.Placeholder()])
            items.append(exp.Cast(this=values, to=exp.DataType.build(column.sql, udt=True)))
            lists.append([column.stored(row.get(title)) for row in rows])
        insert = exp.insert(
            exp.select(*items), table_of(name), columns=[_name(title) for title in columns]
        )
        self.connection.execute(insert.sql(ENGINE, identify=True), lists)

    def _run(self, statement: exp.Expr) -> None:
        self.connection.execute(statement.sql(ENGINE, identify=True))


def keys_of(batch: Sequence[Given], catalog: Catalog) -> list[int | str]:
    """The key of each entity: the one it was given, else one that no other has."""
    key = catalog.entity.key
    found = [given.attributes.get(key.name) for given in batch]
    taken = {value for value in found if value is not None}
    numbers = (n if key.type.kind is Kind.INT else f"test {n}" for n in count(1))
    free = (name for name in numbers if name not in taken)
    return [_key(next(free) if value is None else value) for value in found]


def _key(value: Value) -> int | str:
    return value if isinstance(value, str) else int(value)


def _columns(catalog: Catalog) -> dict[TableName, dict[str, _Column]]:
    """The columns of every table that the catalog names."""
    entity = catalog.entity
    tables: dict[TableName, dict[str, _Column]] = {entity.table: {}}
    tables[entity.table] = {
        **_fields(entity.attributes.values()),
        entity.key.name: _plain(entity.key.type),
    }
    for event in catalog.events.values():
        if not isinstance(event, TableEvent):
            continue
        columns = tables.setdefault(event.table, {})
        for title, column in _fields(event.properties.values()).items():
            columns.setdefault(title, column)
        for title, accepted in event.where.items():
            columns.setdefault(title, _plain(_type_of(accepted[0])))
        columns[event.key] = _plain(entity.key.type)
        columns[event.at.name] = _time(event.at.kind)
        if event.id is not None:
            columns.setdefault(event.id.name, _plain(event.id.type))
    return tables


def _fields(fields: Iterable[Field]) -> dict[str, _Column]:
    return {f.column: _column(f) for f in fields}


def _column(field: Field) -> _Column:
    kind = field.type.kind
    if kind is Kind.TIMESTAMP:
        return _time(field.time or TimeKind.UTC)
    if kind is Kind.DURATION and field.unit not in (None, Unit.MICROSECOND):
        return _Column("DOUBLE", field.type, field.unit)
    return _plain(field.type)


def _time(kind: TimeKind) -> _Column:
    names = {TimeKind.UTC: "TIMESTAMP", TimeKind.INSTANT: "TIMESTAMPTZ", TimeKind.DATE: "DATE"}
    return _Column(names[kind], Type(Kind.TIMESTAMP), time=kind)


def _plain(type: Type) -> _Column:
    match type.kind:
        case Kind.BOOL:
            return _Column("BOOLEAN", type)
        case Kind.INT | Kind.DURATION:
            return _Column("BIGINT", type)
        case Kind.DECIMAL:
            return _Column(f"DECIMAL(38, {type.scale})", type)
        case kind if kind in FLOATS:
            return _Column("DOUBLE", type)
        case Kind.DATE:
            return _Column("DATE", type)
        case _:
            return _Column("VARCHAR", type)


def _type_of(value: str | int | bool) -> Type:
    if isinstance(value, bool):
        return Type(Kind.BOOL)
    return Type(Kind.INT if isinstance(value, int) else Kind.STRING)


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _optional_name(name: str | None) -> exp.Identifier | None:
    return None if name is None else _name(name)


def _memory(name: str) -> exp.Expr:
    return exp.alias_(exp.Literal.string(":memory:"), name, quoted=True)
