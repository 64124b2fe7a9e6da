"""Rows to fill the tables with: where rules have edges, on them and one microsecond beside."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from parity.generate import pools
from parity.generate.catalogs import is_wild
from parity.generate.magnitudes import MOST_ROWS
from parity.tables import Row, Table, empty_tables
from segue.compiler.catalog.model import Catalog, Field, TableEvent, TimeKind, Unit
from segue.compiler.catalog.partition import Holds, Partition
from segue.compiler.plan.nodes import Aggregate, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import (
    DAY,
    Binding,
    Calendar,
    bounds,
    from_microseconds,
    period_edges,
    to_date,
    to_days,
    to_microseconds,
)
from segue.compiler.types import Kind

NUDGES = (0, 0, 1, -1)
COUNTS = (0, 0, 1, 2, 3, 5, 8, 14)


class Filler:
    """Fills the tables of one catalog for the rules of one plan."""

    def __init__(self, random: Random, catalog: Catalog, plan: Plan, binding: Binding) -> None:
        self.random = random
        self.catalog = catalog
        self.as_of = binding.as_of
        self.edges, self.lengths = edges(plan, binding)

    def fill(self, entities: int) -> dict[str, Table]:
        """The tables, full."""
        tables = empty_tables(self.catalog)
        entity = self.catalog.entity
        keys = self._keys(entities)
        for key in keys:
            row: Row = {entity.key.name: key}
            for attribute in entity.attributes.values():
                row[attribute.column] = self._value(attribute, self.as_of)
            tables[entity.table.name].rows.append(row)
        unknown = [-5, None] if entity.key.type.kind is Kind.INT else ["nobody", None]
        events = [
            event
            for event in self.catalog.events.values()
            if isinstance(event, TableEvent) and event.table != entity.table
        ]
        for key in [*keys, *unknown]:
            self._history(tables, events, key)
        self._number(tables, events)
        return tables

    def _keys(self, count: int) -> list[Any]:
        if self.catalog.entity.key.type.kind is Kind.INT:
            return [*range(1, count), 2**40][:count]
        nasty = [*pools.STRINGS][: count // 2]
        return [*nasty, *(f"u{i}" for i in range(count - len(nasty)))]

    def _history(self, tables: dict[str, Table], events: list[TableEvent], key: Any) -> None:
        random = self.random
        count = min(random.choice(COUNTS) + random.choice(COUNTS), MOST_ROWS // 2)
        previous = self.as_of
        for _ in range(count):
            event = random.choice(events)
            previous = self._moment(previous)
            row = self._event(tables[event.table.name], event, key, previous)
            tables[event.table.name].rows.append(row)
            if random.randrange(12) == 0:
                tables[event.table.name].rows.append(dict(row))

    def _event(self, table: Table, event: TableEvent, key: Any, moment: int) -> Row:
        random = self.random
        row: Row = dict.fromkeys(table.columns)
        row[event.key] = key
        row[event.at.name] = None if random.randrange(40) == 0 else _time(moment, event.at.kind)
        if event.partition is not None:
            row[event.partition.column] = self._partition(event.partition, row[event.at.name])
        for column, values in event.where.items():
            row[column] = random.choice(values) if random.randrange(15) else None
        for prop in event.properties.values():
            row[prop.column] = self._value(prop, moment)
        return row

    def _partition(self, partition: Partition, at: date | datetime | None) -> Any:
        """The partition of a row: of its time, or as far from it as is promised at the most."""
        random = self.random
        if at is None:
            return None
        lead, lag = partition.lead, partition.lag
        shift = random.choice((0, -lead, lag, random.randint(-lead, lag)))
        last = pools.SENTINELS[0]
        instant = min(max(microseconds(at) + shift, pools.SENTINELS[-1]), last)
        return partition_value(partition, instant)

    def _moment(self, previous: int) -> int:
        """The time of the next event: at an edge, or together with or a step after another."""
        random = self.random
        match random.randrange(8):
            case 0:
                return previous
            case 1 | 2:
                return previous + random.choice(self.lengths) + random.choice(NUDGES)
            case 3:
                return previous + random.randrange(-3 * DAY, 3 * DAY)
            case 4:
                return self.as_of - random.randrange(100 * DAY)
            case _:
                return random.choice(self.edges) + random.choice(NUDGES)

    def _value(self, column: Field, moment: int) -> Any:
        random = self.random
        if random.randrange(4) == 0:
            return None
        kind = column.type.kind
        if kind is Kind.TIMESTAMP:
            found = self._moment(moment)
            if random.randrange(8) == 0:
                found = random.choice(pools.SENTINELS)
        else:
            found = pools.value(random, kind, (moment, *self.edges[:8]), wild=is_wild(column.name))
        return physical(found, column)

    def _number(self, tables: dict[str, Table], events: list[TableEvent]) -> None:
        """Ids, unique and in an order of their own."""
        for event in events:
            if event.id is None:
                continue
            rows = tables[event.table.name].rows
            numbers = self.random.sample(range(1, 2 * len(rows) + 2), len(rows))
            for row, number in zip(rows, numbers, strict=True):
                text = event.id.type.kind is Kind.STRING
                row[event.id.name] = f"{number}" if text else number


def edges(plan: Plan, binding: Binding) -> tuple[list[int], list[int]]:
    """The instants at which windows of the plan begin, end and change period; and the lengths
    of steps, durations and days."""
    instants = {binding.as_of, binding.as_of + 1}
    lengths = {0, 1, DAY}
    named = (*plan.metrics.values(), *plan.conditions.values(), *plan.segments.values())
    for node in reachable(definition.expr for definition in named):
        if isinstance(node.param, Aggregate):
            after, until = bounds(node.param.window, binding)
            instants |= {until, *(() if after is None else (after,))}
            if isinstance(node.param.window, Calendar):
                instants |= {*period_edges(node.param.window, binding)[-6:]}
            lengths |= {step.within for step in node.param.steps if step.within is not None}
        elif node.op == "literal" and isinstance(node.param, int):
            if node.type.kind is Kind.DURATION:
                instants.add(binding.as_of - node.param)
            elif node.type.kind is Kind.TIMESTAMP:
                instants.add(node.param)
            elif node.type.kind is Kind.DATE:
                instants.add(node.param * DAY)
    return sorted(instants, reverse=True), sorted(lengths)


def physical(value: Any, column: Field) -> Any:
    """A representation as the value that the column holds."""
    match column.type.kind:
        case Kind.DECIMAL:
            return Decimal(value).scaleb(-column.type.scale)
        case Kind.DATE:
            return to_date(min(max(value, pools.DAYS[-1]), pools.DAYS[-2]))
        case Kind.TIMESTAMP:
            return _time(value, column.time or TimeKind.UTC)
        case Kind.DURATION:
            unit = column.unit or Unit.MICROSECOND
            if unit in (Unit.MICROSECOND, Unit.MILLISECOND):
                return value // unit.microseconds
            return value / unit.microseconds
        case _:
            return value


def microseconds(at: date | datetime) -> int:
    """The instant of a time column."""
    if isinstance(at, datetime):
        return to_microseconds(at)
    return to_days(at) * DAY


def partition_value(partition: Partition, instant: int) -> Any:
    """What a partition column holds for the partition of an instant."""
    shown = partition.value(instant)
    match partition.holds:
        case Holds.STRING:
            return shown
        case Holds.INT:
            return int(shown)
        case Holds.DATE:
            return date.fromisoformat(shown)
        case _:
            return datetime.fromisoformat(shown).replace(tzinfo=UTC)


def _time(moment: int, kind: TimeKind) -> Any:
    moment = min(max(moment, pools.SENTINELS[-1]), pools.SENTINELS[0])
    if kind is TimeKind.DATE:
        return to_date(moment // DAY)
    found: datetime = from_microseconds(moment).astimezone(UTC)
    return found
