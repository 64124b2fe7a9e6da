"""The events of a test: lists of rows, single instants, and the shorthand for many alike.

Events become rows of their table. Where several events share a table, a row is of every event
whose `where` it fulfils, as in a warehouse.
"""

from collections.abc import Iterator

from segue.compiler.catalog.model import Catalog, TableEvent, TimeKind, UnionEvent, Value
from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Sequence, Tree
from segue.compiler.types import Kind
from segue.grammar.span import Span
from segue.runtime.testing import codes
from segue.runtime.testing.model import Row
from segue.runtime.testing.reader import Reader
from segue.runtime.testing.values import Clock, duration, field_value, moment_value

_SHORTHAND = ("count", "every", "last")
MOST_ROWS = 100_000


def read_events(
    reader: Reader, node: Mapping, catalog: Catalog, clock: Clock
) -> dict[str, tuple[Row, ...]]:
    """The rows of each table, by the table's address."""
    rows: dict[str, list[Row]] = {}
    for name, value in node.values.items():
        event = _event(reader, name, node.keys[name], catalog)
        if event is not None:
            found = rows.setdefault(str(event.table), [])
            for row in _EventReader(reader, event, clock).rows(value, node.keys[name]):
                found.append(_identified(row, event, len(found) + 1))
    return {table: tuple(found) for table, found in rows.items()}


def _event(reader: Reader, name: str, span: Span, catalog: Catalog) -> TableEvent | None:
    tables = [n for n, event in catalog.events.items() if isinstance(event, TableEvent)]
    found = catalog.events.get(name)
    if isinstance(found, UnionEvent):
        reader.report(
            codes.UNKNOWN_NAME,
            f"`{name}` is any of several events",
            span,
            f"give one of them: {', '.join(found.any_of)}",
        )
        return None
    reader.known(name, span, tables, "event")
    return found


def _identified(row: Row, event: TableEvent, number: int) -> Row:
    """The row with an id: of events at one instant, the one written last is the latest."""
    if event.id is None or row.get(event.id.name) is not None:
        return row
    id = number if event.id.type.kind is Kind.INT else f"event {number:06}"
    return {**row, event.id.name: id}


class _EventReader:
    """Reads the events of one kind."""

    def __init__(self, reader: Reader, event: TableEvent, clock: Clock) -> None:
        self.reader = reader
        self.event = event
        self.clock = clock

    def rows(self, node: Tree, key: Span) -> Iterator[Row]:
        """The rows of one entry of `events`."""
        if isinstance(node, Sequence):
            for item in node.items:
                yield from self._item(item, key)
        else:
            yield from self._item(node, key)

    def _item(self, node: Tree, key: Span) -> Iterator[Row]:
        if isinstance(node, Scalar):
            moment = moment_value(self.reader, node, key, self.clock)
            yield from () if moment is None else (self._row(moment, {}),)
            return
        if not isinstance(node, Mapping):
            self.reader.report(
                codes.WRONG_SHAPE,
                f"an event is `{{at: …}}` or an instant, and `{self.event.name}` holds a list",
                key,
            )
            return
        special = ("at", "id") if "at" in node.keys else _SHORTHAND
        values = self._values(node, special)
        if "at" in node.keys:
            moment = moment_value(self.reader, node.values["at"], node.keys["at"], self.clock)
            if moment is not None:
                yield self._row(moment, values)
        elif "count" in node.keys:
            for moment in self._repeated(node):
                yield self._row(moment, dict(values))
        else:
            self.reader.report(
                codes.WRONG_SHAPE,
                f"when does this `{self.event.name}` happen?",
                key,
                "say `at: 2d ago`, or `{count: 12, every: 2d, last: 1d ago}` for many",
            )

    def _repeated(self, node: Mapping) -> Iterator[int]:
        count = node.values["count"].data()
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MOST_ROWS:
            self.reader.report(
                codes.BAD_VALUE,
                f"`count` should be a whole number up to {MOST_ROWS:,}",
                node.keys["count"],
            )
            return
        every = self._every(node, count)
        last: int | None = self.clock.as_of
        if "last" in node.keys:
            last = moment_value(self.reader, node.values["last"], node.keys["last"], self.clock)
        if every is not None and last is not None:
            yield from (last - i * every for i in range(count))

    def _every(self, node: Mapping, count: int) -> int | None:
        value = node.values.get("every")
        if value is None and count <= 1:
            return 0
        length = duration(value.text) if isinstance(value, Scalar) else None
        if length is None:
            span = node.keys.get("every", node.keys["count"])
            self.reader.report(
                codes.BAD_VALUE, "how far are they apart?", span, "write a duration, `every: 2d`"
            )
        return length

    def _values(self, node: Mapping, special: tuple[str, ...]) -> dict[str, Value | None]:
        """The columns that the properties of a row set."""
        columns: dict[str, Value | None] = {}
        for name, value in node.values.items():
            span = node.keys[name]
            if name == "id" and "id" in special and self.event.id is not None:
                if isinstance(value, Scalar):
                    data = value.data()
                    columns[self.event.id.name] = data if isinstance(data, int) else value.text
                continue
            if name in special and name != "id":
                continue
            owner = f"`{self.event.name}`"
            if not self.reader.known(name, span, self.event.properties, "property", owner):
                continue
            field = self.event.properties[name]
            columns[field.column] = field_value(self.reader, field, value, span, self.clock)
        return columns

    def _row(self, moment: int, values: dict[str, Value | None]) -> Row:
        event = self.event
        if event.at.kind is TimeKind.DATE:
            moment = self.clock.midnight(moment)
        told_apart = {column: accepted[0] for column, accepted in event.where.items()}
        kept = {c: v for c, v in values.items() if c in told_apart and v in event.where[c]}
        return {**told_apart, **values, **told_apart, **kept, event.at.name: moment}
