"""Guesses about a database: which table is the entity, which are events, what is private.

Each guess is one function of plain facts; `infer` writes them down.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segue.compiler.catalog.tables import ColumnInfo, TableInfo

MAX_ENUM_VALUES = 12
MAX_EVENTS_PER_TABLE = 20

_PEOPLE = {"customer", "user", "account", "person", "people", "contact", "member", "subscriber"}
_PRIVATE = {"email", "mail", "phone", "mobile", "telephone", "address", "street", "zip", "postcode"}
_PRIVATE |= {"postal", "ip", "birth", "birthday", "birthdate", "dob", "ssn", "iban", "passport"}
_PRIVATE |= {"surname", "firstname", "lastname", "fullname"}
_NAME_OF_A_PERSON = {"first", "last", "full", "given", "family", "middle", "display"}
_EVENT_COLUMNS = {"event", "event_name", "event_type", "action", "activity", "activity_type"}
_KIND_COLUMNS = {"type", "kind", "name"}
_CONSENT = {"subscribed", "consent", "consented", "optin", "opted"}
_TIME_NAME = re.compile(r"(_at|_on|_time|_date|^time|^date|timestamp|^ts|_ts)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EntityGuess:
    """The table of the entity and its key; `certain` when the database leaves no doubt."""

    table: TableInfo
    key: ColumnInfo
    certain: bool


@dataclass(frozen=True, slots=True)
class EventGuess:
    """A table of events: the entity's key in it, its time, and what tells its events apart."""

    table: TableInfo
    key: ColumnInfo
    at: ColumnInfo
    id: ColumnInfo | None
    other_times: tuple[str, ...]
    kind: ColumnInfo | None


def singular(name: str) -> str:
    """`customers` as `customer`, well enough for English table names."""
    if name.lower().endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if re.search(r"(ss|x|ch|sh)es$", name, re.IGNORECASE):
        return name[:-2]
    return name[:-1] if name.lower().endswith("s") and not name.lower().endswith("ss") else name


def guess_entity(tables: Sequence[TableInfo]) -> EntityGuess | None:
    """The table most others refer to by a key that no two of its rows share."""
    ranked: list[tuple[tuple[int, bool, bool, int], TableInfo, ColumnInfo]] = []
    for table in tables:
        for key in _keys(table):
            references = sum(
                1 for other in tables if other is not table and reference_to(table, key, other)
            )
            stem = singular(table.called).lower()
            named = key.name.lower() in ("id", f"{stem}_id", f"{stem}id", "key")
            ranked.append(((references, named, stem in _PEOPLE, table.rows), table, key))
    if not ranked:
        return None
    ranked.sort(key=lambda r: r[0], reverse=True)
    (references, named, _, _), table, key = ranked[0]
    runner_up = ranked[1][0][0] if len(ranked) > 1 else 0
    return EntityGuess(table, key, named and references > 0 and references >= runner_up)


def _keys(table: TableInfo) -> list[ColumnInfo]:
    found = []
    for column in table.columns:
        is_primary = table.primary_key == (column.name,)
        named = column.name.lower() in ("id", "key") or column.name.lower().endswith("id")
        if column.type in ("int", "string") and (is_primary or (named and column.unique)):
            found.append(column)
    return found


def reference_to(entity: TableInfo, key: ColumnInfo, other: TableInfo) -> ColumnInfo | None:
    """The column of another table that holds the entity's key."""
    for column in other.columns:
        if column.references == entity.name.name and column.type == key.type:
            return column
    stem = singular(entity.called).lower()
    wanted = {f"{stem}_id", f"{stem}id", stem}
    # A column called `id` is everywhere, and never says whose.
    if key.name.lower() not in ("id", "key"):
        wanted.add(key.name.lower())
    for column in other.columns:
        if column.name.lower() in wanted and column.type == key.type:
            return column
    return None


def guess_event(entity: EntityGuess, table: TableInfo) -> EventGuess | None:
    """What a table of events holds, or None when its rows are no events of the entity."""
    key = reference_to(entity.table, entity.key, table)
    times = [c for c in table.columns if c.type in ("timestamp", "timestamp(instant)", "date")]
    if key is None or not times:
        return None
    # When it happened is known for every row, unlike when it was shipped or read.
    times.sort(key=lambda c: (c.nullable, not _TIME_NAME.search(c.name), c.type == "date"))
    at = times[0]
    kinds = [c for c in table.columns if c is not key and _is_kind(c, table)]
    kinds.sort(key=lambda c: c.name.lower() not in _EVENT_COLUMNS)
    keys = _keys(table)
    ids = [c for c in keys if c is not key] or keys
    others = tuple(c.name for c in times[1:] if not c.nullable)
    return EventGuess(table, key, at, ids[0] if ids else None, others, kinds[0] if kinds else None)


def _is_kind(column: ColumnInfo, table: TableInfo) -> bool:
    named = column.name.lower() in _EVENT_COLUMNS | _KIND_COLUMNS
    few = 2 <= len(column.values) <= MAX_EVENTS_PER_TABLE and not column.nullable
    return named and few and column.type == "string" and _repeats(column, table)


def is_event_column(column: ColumnInfo) -> bool:
    """Whether the values name events by themselves (`event: signed_up`)."""
    return column.name.lower() in _EVENT_COLUMNS


def is_enum(column: ColumnInfo, table: TableInfo) -> bool:
    """Whether a text column holds one of a few values again and again."""
    few = 1 <= len(column.values) <= MAX_ENUM_VALUES
    short = all(0 < len(value) <= 40 for value in column.values)
    return column.type == "string" and few and short and _repeats(column, table)


def _repeats(column: ColumnInfo, table: TableInfo) -> bool:
    return column.declared or table.sampled >= 5 * max(column.distinct, len(column.values))


def is_private(column: ColumnInfo, of_entity: bool) -> bool:
    """Whether a column likely tells who somebody is."""
    words = set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", column.name).lower()))
    if column.private:
        return True
    if column.type not in ("string", "date"):
        return False
    if "name" in words and (words & _NAME_OF_A_PERSON or (of_entity and words == {"name"})):
        return True
    return bool(words & _PRIVATE)


def is_consent(column: ColumnInfo) -> bool:
    """Whether a column likely says that somebody may be contacted."""
    words = set(re.findall(r"[a-z]+", column.name.lower()))
    return column.type == "bool" and bool(words & _CONSENT or {"opt", "in"} <= words)
