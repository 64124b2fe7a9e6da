"""How a SQLite file spells its days and times.

SQLite has no types for them and compares texts. A time in another spelling (`2024-03-20T12:00`,
or a number) would not fail: it would be earlier or later than it is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, Field, TableEvent, TableName, TimeKind
from segue.compiler.catalog.partition import Holds
from segue.compiler.sql.rows import table
from segue.compiler.sql.trees import all_of, any_of, call, column, not_null, string
from segue.compiler.types import Kind
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Warehouse

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_SECOND = f"{_DAY} [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
DAYS = (_DAY,)
TIMES = (_SECOND, f"{_SECOND}.{'[0-9]' * 6}")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A column of days or times, and the patterns of how these are written."""

    table: TableName
    column: str
    patterns: tuple[str, ...]


def check_spellings(warehouse: Warehouse, catalog: Catalog) -> None:
    """Raises `Refusal` where a column holds a day or time that would be compared wrongly.

    Of personal data it shows only how it is written.
    """
    personal = _personal(catalog)
    for spelled in dict.fromkeys(_columns(catalog)):
        written = column(spelled.column)
        fits = [call("GLOB", string(p), written.copy()) for p in spelled.patterns]
        other = all_of([not_null(written.copy()), exp.Not(this=exp.Paren(this=any_of(fits)))])
        query = exp.select(written).from_(table(spelled.table)).where(other).limit(1)
        row = warehouse.fetch_one(query)
        if row is not None:
            shown = str(row[0])
            if (spelled.table, spelled.column) in personal:
                shown = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", shown))
            examples = "2024-03-20" if spelled.patterns is DAYS else "2024-03-20 12:30:00"
            more = "" if spelled.patterns is DAYS else ", in UTC, or with six more digits"
            raise Refusal(
                f"`{spelled.table}.{spelled.column}` holds `{shown}`, which SQLite would compare "
                "wrongly",
                f"write it as `{examples}`{more}; SQLite compares texts",
            )


def _personal(catalog: Catalog) -> frozenset[tuple[TableName, str]]:
    """The columns that the catalog marks, in any place where it names them."""
    owners: list[tuple[TableName, Iterable[Field]]] = [
        (catalog.entity.table, catalog.entity.attributes.values())
    ]
    for event in catalog.events.values():
        if isinstance(event, TableEvent):
            owners.append((event.table, event.properties.values()))
    return frozenset(
        (table, field.column) for table, fields in owners for field in fields if field.pii
    )


def _columns(catalog: Catalog) -> Iterator[Spelled]:
    entity = catalog.entity
    yield from _fields(entity.table, entity.attributes.values())
    for event in catalog.events.values():
        if isinstance(event, TableEvent):
            patterns = DAYS if event.at.kind is TimeKind.DATE else TIMES
            yield Spelled(event.table, event.at.name, patterns)
            partition = event.partition
            if partition is not None and partition.holds is Holds.DATE:
                yield Spelled(event.table, partition.column, DAYS)
            elif partition is not None and partition.holds in (Holds.TIMESTAMP, Holds.INSTANT):
                yield Spelled(event.table, partition.column, TIMES)
            yield from _fields(event.table, event.properties.values())


def _fields(table: TableName, fields: Iterable[Field]) -> Iterator[Spelled]:
    for field in fields:
        if field.type.kind is Kind.DATE:
            yield Spelled(table, field.column, DAYS)
        elif field.type.kind is Kind.TIMESTAMP:
            yield Spelled(table, field.column, DAYS if field.time is TimeKind.DATE else TIMES)
