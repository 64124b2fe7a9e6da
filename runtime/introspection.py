"""Looks at the tables of a database, so that a first catalog can be guessed from them.

Reads DuckDB, Postgres, Redshift and SQLite through the connection it is given, and changes nothing.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from segue.compiler.catalog.model import TableName
from segue.compiler.catalog.tables import ColumnInfo, TableInfo
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.failures import failure

SAMPLE = 20_000
MAX_VALUES = 20


class Connection(Protocol):
    """What the connections of the databases can do; that of Redshift by a cursor."""

    def execute(self, query: str, /) -> Any:
        """Runs a query; what comes back has `fetchall`."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """A table as the database declares it, before anybody looks at its rows."""

    name: TableName
    columns: tuple[tuple[str, str, bool], ...]  # name, type, may be null
    primary_key: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()  # column, table
    partitions: tuple[str, ...] = ()


def read_tables(connection: Connection) -> list[TableInfo]:
    """The tables of a database with their columns and what a sample of the rows shows.

    Raises `Refusal` where the database cannot be read.
    """
    module = type(connection).__module__.lstrip("_").split(".")[0]
    readers = {
        "duckdb": (_duckdb_tables, _duckdb_sample),
        "psycopg": (_postgres_tables, _postgres_sample),
        "sqlite3": (_sqlite_tables, _sqlite_sample),
        "redshift_connector": (_redshift_tables, _postgres_sample),
    }
    if module not in readers:
        raise ValueError(
            f"cannot look into a database through {module}: "
            "use DuckDB, Postgres, Redshift or SQLite"
        )
    declared, sample = readers[module]
    if module == "redshift_connector":
        connection = _Cursors(connection)
    try:
        return [_inspect(connection, table, sample) for table in declared(connection)]
    except sys.modules[module].Error as error:
        raise Refusal(f"cannot read the tables of the database: {failure(error).message}") from None


@dataclass(frozen=True, slots=True)
class _Cursors:
    """A connection that runs a query only through a cursor."""

    connection: Any

    def execute(self, query: str, /) -> Any:
        """Runs a query."""
        return self.connection.cursor().execute(query)


# --------------------------------------------------------------------------- declarations


def _duckdb_tables(connection: Connection) -> list[_Declared]:
    columns = _grouped(
        connection.execute(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable "
            "FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() "
            "ORDER BY schema_name, table_name, column_index"
        ).fetchall()
    )
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    references: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, kind, names, target in connection.execute(
        "SELECT schema_name, table_name, constraint_type, constraint_column_names, "
        "referenced_table FROM duckdb_constraints() WHERE database_name = current_database()"
    ).fetchall():
        if kind == "PRIMARY KEY":
            keys[schema, table] = tuple(names)
        elif kind == "FOREIGN KEY" and len(names) == 1:
            references.setdefault((schema, table), []).append((names[0], target))
    return [
        _Declared(
            TableName(table, None if schema == "main" else schema),
            tuple(found),
            keys.get((schema, table), ()),
            tuple(references.get((schema, table), ())),
        )
        for (schema, table), found in columns.items()
    ]


def _postgres_tables(connection: Connection) -> list[_Declared]:
    columns = _grouped(
        connection.execute(
            "SELECT n.nspname, c.relname, a.attname, CASE t.typtype WHEN 'e' THEN 'enum' "
            "ELSE format_type(a.atttypid, a.atttypmod) END, NOT a.attnotnull "
            "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_type t ON t.oid = a.atttypid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 "
            "AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
            "AND NOT c.relispartition AND n.nspname <> 'information_schema' "
            "AND left(n.nspname, 3) <> 'pg_' AND has_schema_privilege(n.oid, 'USAGE') "
            "AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2, a.attnum"
        ).fetchall()
    )
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    references: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, kind, names, target in connection.execute(
        "SELECT n.nspname, c.relname, k.contype::text, ARRAY(SELECT a.attname::text "
        "FROM unnest(k.conkey) WITH ORDINALITY AS u(n, i) JOIN pg_attribute a "
        "ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i), t.relname "
        "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype IN ('p', 'f')"
    ).fetchall():
        if kind == "p":
            keys[schema, table] = tuple(names)
        elif len(names) == 1:
            references.setdefault((schema, table), []).append((names[0], target))
    partitions = {
        (schema, table): (column,)
        for schema, table, column in connection.execute(
            "SELECT n.nspname, c.relname, a.attname FROM pg_partitioned_table p "
            "JOIN pg_class c ON c.oid = p.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] "
            "WHERE p.partstrat = 'r' AND p.partnatts = 1 AND a.attnum > 0"
        ).fetchall()
    }
    return [
        _Declared(
            TableName(table, None if schema == "public" else schema),
            tuple(found),
            keys.get((schema, table), ()),
            tuple(references.get((schema, table), ())),
            partitions.get((schema, table), ()),
        )
        for (schema, table), found in columns.items()
    ]


def _redshift_tables(connection: Connection) -> list[_Declared]:
    mine = "table_schema NOT IN ('information_schema', 'pg_catalog', 'pg_internal')"
    columns = _grouped(
        connection.execute(
            "SELECT table_schema, table_name, column_name, CASE WHEN data_type = 'numeric' "
            "THEN 'numeric(' || CAST(numeric_precision AS VARCHAR(5)) || ',' || "
            "CAST(numeric_scale AS VARCHAR(5)) || ')' ELSE data_type END, is_nullable = 'YES' "
            f"FROM information_schema.columns WHERE {mine} "
            "ORDER BY table_schema, table_name, ordinal_position"
        ).fetchall()
    )
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    for schema, table, column in connection.execute(
        "SELECT k.table_schema, k.table_name, k.column_name "
        "FROM information_schema.table_constraints AS c "
        "JOIN information_schema.key_column_usage AS k ON k.constraint_name = c.constraint_name "
        "AND k.table_schema = c.table_schema AND k.table_name = c.table_name "
        "WHERE c.constraint_type = 'PRIMARY KEY' "
        "ORDER BY k.table_schema, k.table_name, k.ordinal_position"
    ).fetchall():
        keys[schema, table] = (*keys.get((schema, table), ()), column)
    return [
        _Declared(
            TableName(table, None if schema == "public" else schema),
            tuple(found),
            keys.get((schema, table), ()),
        )
        for (schema, table), found in columns.items()
    ]


def _sqlite_tables(connection: Connection) -> list[_Declared]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    tables = []
    for (table,) in names:
        columns = connection.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
        foreign = connection.execute(f"PRAGMA foreign_key_list({_quoted(table)})").fetchall()
        key = sorted((row[5], row[1]) for row in columns if row[5])
        tables.append(
            _Declared(
                TableName(table),
                tuple(
                    (
                        row[1],
                        _sqlite_type(connection, table, row[1], row[2]),
                        not (row[3] or row[5]),
                    )
                    for row in columns
                ),
                tuple(name for _, name in key),
                tuple((row[3], row[2]) for row in foreign),
            )
        )
    return tables


def _sqlite_type(connection: Connection, table: str, column: str, declared: str) -> str:
    """The declared type, or that of the times a text column holds: SQLite has no type for them."""
    if catalog_type(declared) != "string":
        return declared
    name = _quoted(column)
    day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    days, times, all = _row(
        connection,
        f"SELECT coalesce(sum({name} GLOB '{day}'), 0), "
        f"coalesce(sum({name} GLOB '{day} [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'), 0), count({name}) "
        f"FROM (SELECT {name} FROM {_quoted(table)} LIMIT {SAMPLE})",
    )
    if all == 0 or days + times < all:
        return declared
    return "date" if times == 0 else "timestamp"


def _grouped(
    rows: Sequence[tuple[str, str, str, str, bool]],
) -> dict[tuple[str, str], list[tuple[str, str, bool]]]:
    tables: dict[tuple[str, str], list[tuple[str, str, bool]]] = {}
    for schema, table, column, type, nullable in rows:
        tables.setdefault((schema, table), []).append((column, type, nullable))
    return tables


# --------------------------------------------------------------------------- rows


def _duckdb_sample(table: str, rows: int) -> str:
    return f"{table} USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1)"


def _postgres_sample(table: str, rows: int) -> str:
    # A view cannot be sampled; for a table too large to read, the first rows have to do as well.
    return f"{table} LIMIT {SAMPLE}"


def _sqlite_sample(table: str, rows: int) -> str:
    return f"{table} LIMIT {SAMPLE}"


def _inspect(connection: Connection, declared: _Declared, sample: Any) -> TableInfo:
    """Counts, over a sample of the rows, what is missing and what is different."""
    table = ".".join(_quoted(part) for part in declared.name.parts)
    rows = _row(connection, f"SELECT count(*) FROM {table}")[0]
    source = f"(SELECT * FROM {sample(table, rows) if rows > SAMPLE else table}) AS sampled"
    types = {name: catalog_type(type) for name, type, _ in declared.columns}
    counted = [name for name, type in types.items() if type]
    parts = ["count(*)"]
    for name in counted:
        parts += [f"count({_quoted(name)})", f"count(DISTINCT {_quoted(name)})"]
    sampled, *counts = _row(connection, f"SELECT {', '.join(parts)} FROM {source}")
    columns = []
    for name, _, nullable in declared.columns:
        present, distinct = (0, 0)
        if name in counted:
            place = 2 * counted.index(name)
            present, distinct = counts[place : place + 2]
        few = types[name] == "string" and 0 < distinct <= MAX_VALUES
        columns.append(
            ColumnInfo(
                name=name,
                type=types[name],
                nullable=nullable and (present < sampled or sampled == 0),
                unique=0 < sampled == distinct,
                distinct=distinct,
                values=_values(connection, name, source) if few else (),
                references=dict(declared.references).get(name),
            )
        )
    return TableInfo(
        declared.name,
        tuple(columns),
        rows,
        sampled,
        declared.primary_key,
        partitions=declared.partitions,
    )


def _values(connection: Connection, column: str, source: str) -> tuple[str, ...]:
    name = _quoted(column)
    query = f"SELECT DISTINCT CAST({name} AS VARCHAR) FROM {source} WHERE {name} IS NOT NULL"
    return tuple(sorted(str(value) for (value,) in connection.execute(query).fetchall()))


def _row(connection: Connection, query: str) -> Sequence[int]:
    row: Sequence[int] = connection.execute(query).fetchall()[0]
    return row


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --------------------------------------------------------------------------- types

# The first pattern that fits decides; `{scale}` is the number after the comma.
_TYPES = (
    (r"bool(ean)?", "bool"),
    (r"(u?(tiny|small|medium|big)?int(eger)?|u?int(2|4|8|16|32|64)|.*serial)(\(.*\))?", "int"),
    (r"(decimal|numeric)\(\d+, ?0\)", "int"),
    (r"(decimal|numeric)\(\d+, ?(?P<scale>\d+)\)", "decimal({scale})"),
    (r"(decimal|numeric)(\(\d+\))?", "decimal(2)"),
    (r"(float|double|real).*", "float"),
    (r"timestamp.*with time zone|timestamptz.*", "timestamp(instant)"),
    (r"(timestamp|datetime).*", "timestamp"),
    (r"date", "date"),
    (r"((n?var)?char|character|(tiny|medium|long)?text|string|clob|citext|uuid|enum).*", "string"),
)


def catalog_type(declared: str) -> str:
    """The type of a column as a catalog writes it; empty for what no rule can read."""
    if declared.endswith("]"):
        return ""
    for pattern, type in _TYPES:
        match = re.fullmatch(pattern, declared.strip(), re.IGNORECASE)
        if match:
            scale = match.groupdict().get("scale")
            if scale is not None and int(scale) > 18:
                return "float"
            return type.format(scale=scale)
    return ""
