"""A test as text: the values of a customer as a person would have written them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import yaml

from segue.compiler.catalog.model import Catalog, Field, TableEvent, TimeKind, Unit, Value
from segue.compiler.types import FLOATS, TEXTS, Kind
from segue.runtime.as_of import show_instant
from segue.runtime.testing.model import Given, Row

UNCONFIRMED = "unconfirmed"
NOTE = "# computed from the rules; delete this line once a person agrees"
_UNITS = (*reversed(Unit),)
_DAY = Unit.DAY.microseconds


@dataclass(frozen=True, slots=True)
class Draft:
    """A test to be written: what is given, and what came of it."""

    name: str
    as_of: int
    given: Given
    expect: Mapping[str, Any]


class _Plain(str):
    """A scalar that stands without quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand deeper than their key."""
        super().increase_indent(flow, False)


def _represent(dumper: yaml.SafeDumper, value: _Plain) -> yaml.Node:
    resolve: Callable[..., str] = dumper.resolve
    return dumper.represent_scalar(resolve(yaml.ScalarNode, str(value), (True, False)), str(value))


_Dumper.add_representer(_Plain, _represent)


def write_case(draft: Draft, catalog: Catalog, file_as_of: int | None) -> str:
    """The test as an item of the list `tests`, unindented; `as_of` where the file has another."""
    case: dict[str, Any] = {"name": draft.name, UNCONFIRMED: True}
    if draft.as_of != file_as_of:
        case["as_of"] = _Plain(show_instant(draft.as_of))
    given: dict[str, Any] = {}
    if draft.given.stages:
        given["stages"] = dict(draft.given.stages)
    attributes = _attributes(draft, catalog)
    if attributes:
        given["attributes"] = attributes
    events = _events(draft, catalog)
    if events:
        given["events"] = events
    if given:
        case["given"] = given
    case["expect"] = dict(draft.expect)
    text: str = yaml.dump(
        [case],
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=88,
    )
    marked = f"{UNCONFIRMED}: true"
    return text.replace(marked, f"{marked}  {NOTE}", 1)


def _attributes(draft: Draft, catalog: Catalog) -> dict[str, Any]:
    entity = catalog.entity
    shown = {}
    for name, value in draft.given.attributes.items():
        if name in entity.attributes:
            shown[name] = _value(value, entity.attributes[name], draft.as_of)
        elif name == entity.key.name:
            shown[name] = value
    return shown


def _events(draft: Draft, catalog: Catalog) -> dict[str, list[Any]]:
    """The rows by event, those alike together."""
    found: dict[str, list[Any]] = {}
    for table, rows in draft.given.rows.items():
        counted: list[tuple[TableEvent, dict[str, Any], int]] = []
        for row in rows:
            event = _event_of(table, row, catalog)
            shown = _row(row, event, draft.as_of)
            if counted and counted[-1][:2] == (event, shown):
                counted[-1] = (event, shown, counted[-1][2] + 1)
            else:
                counted.append((event, shown, 1))
        for event, shown, times in counted:
            found.setdefault(event.name, []).append(_item(shown, times))
    return found


def _item(shown: dict[str, Any], times: int) -> Any:
    if times > 1:
        when = {"last": shown["at"]}
        rest = {name: value for name, value in shown.items() if name != "at"}
        return {"count": times, "every": _Plain("0s"), **when, **rest}
    return shown if len(shown) > 1 else shown["at"]


def _event_of(table: str, row: Row, catalog: Catalog) -> TableEvent:
    """Of the events of a table, the one that can say most of what the row holds."""
    events = [
        event
        for event in catalog.events.values()
        if isinstance(event, TableEvent) and str(event.table) == table
    ]

    def said(event: TableEvent) -> tuple[bool, int]:
        fits = all(row.get(column) in accepted for column, accepted in event.where.items())
        columns = {p.column for p in event.properties.values()} | event.where.keys()
        return fits, sum(column in columns for column in row)

    return max(events, key=said)


def _row(row: Row, event: TableEvent, as_of: int) -> dict[str, Any]:
    moment = row.get(event.at.name)
    assert isinstance(moment, int)
    day = event.at.kind is TimeKind.DATE
    shown: dict[str, Any] = {"at": _day(moment // _DAY) if day else _instant(moment, as_of)}
    for name, field in event.properties.items():
        if field.column in row:
            shown[name] = _value(row[field.column], field, as_of)
    return shown


def _value(value: Value | None, field: Field, as_of: int) -> Any:
    kind = field.type.kind
    if value is None or kind is Kind.BOOL or kind in TEXTS or kind is Kind.INT:
        return value
    match kind:
        case Kind.DECIMAL:
            return _Plain(Decimal(int(value)).scaleb(-field.type.scale))
        case kind if kind in FLOATS:
            return value
        case Kind.DATE:
            return _day(int(value))
        case Kind.TIMESTAMP if field.time is TimeKind.DATE:
            return _day(int(value) // _DAY)
        case Kind.TIMESTAMP:
            return _instant(int(value), as_of)
        case _:
            return _Plain(_duration(int(value)))


def _day(days: int) -> _Plain:
    return _Plain((date(1970, 1, 1) + timedelta(days=days)).isoformat())


def _instant(moment: int, as_of: int) -> _Plain:
    """`2d ago`, exactly; `now`; and what is still to come by its date."""
    if moment > as_of:
        return _Plain(show_instant(moment))
    return _Plain(f"{_duration(as_of - moment)} ago" if moment < as_of else "now")


def _duration(microseconds: int) -> str:
    """A length of time that is not negative, exactly: `1d30min`."""
    parts = []
    for unit in _UNITS:
        count, microseconds = divmod(microseconds, unit.microseconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
