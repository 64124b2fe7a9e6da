"""Rows that lie in another partition than the catalog promises, which no run finds.

All rows of a table are looked at, but of their columns only the time and the partition. The
engine answers with a row for each partition: its first and its last time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.catalog.model import LENGTHS, PARTITION_KINDS, Catalog, TableEvent
from segue.compiler.catalog.partition import Holds, Partition, written
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.rows import Place, Rows, place
from segue.compiler.sql.trees import Tree, column
from segue.compiler.types import Type
from segue.grammar.diagnostics import Diagnostic
from segue.runtime.as_of import show_instant
from segue.runtime.warehouse.codes import MISPLACED
from segue.runtime.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Found:
    """A partition and the first and the last time of its rows, in microseconds.

    `value` is None where rows are in no partition.
    """

    value: str | None
    first: int
    last: int


def misplaced_rows(warehouse: Warehouse, catalog: Catalog) -> Iterator[Diagnostic]:
    """A finding for each table with rows that are not where the catalog says."""
    events: dict[Place, TableEvent] = {}
    for event in catalog.events.values():
        if isinstance(event, TableEvent) and event.partition is not None:
            events.setdefault(place(event), event)
    for event in events.values():
        assert event.partition is not None
        found = _partitions(warehouse, event, event.partition, catalog.entity.key.type)
        wrong = [one for one in found if not _kept(one, event.partition)]
        if wrong:
            yield _diagnostic(event, event.partition, wrong, len(found))


def _partitions(
    warehouse: Warehouse, event: TableEvent, partition: Partition, key: Type
) -> list[Found]:
    """The partitions that have rows with a time, in order."""
    target = dialect(warehouse.dialect)
    rows = Rows(target, event.name, (event,), key)
    raw = _value(target, partition)
    extremes = [rows.epoch(exp.Min(this=rows.time)), rows.epoch(exp.Max(this=rows.time))]
    query = exp.select(raw, *extremes, copy=False).from_(rows.source).group_by(raw.copy())
    found = [
        Found(_shown(value, partition), int(first), int(last))
        for value, first, last in warehouse.fetch(query)
        if first is not None
    ]
    return sorted(found, key=lambda one: (one.value or "", one.first))


def _value(target: Dialect, partition: Partition) -> Tree:
    """What a partition column holds: instants and days in microseconds, else as it is."""
    raw = column(partition.column)
    kind = PARTITION_KINDS.get(partition.holds)
    return raw if kind is None else target.epoch(target.raw_time(raw, kind), kind)


def _shown(value: object, partition: Partition) -> str | None:
    if value is None:
        return None
    if partition.holds in PARTITION_KINDS:
        assert isinstance(value, int)
        day = partition.holds is Holds.DATE
        return written(value, "yyyy-mm-dd" if day else "yyyy-mm-dd hh:00:00.000000")
    return str(value)


def _kept(found: Found, partition: Partition) -> bool:
    """Whether all rows of a partition are where they were promised to be."""
    times = None if found.value is None else partition.times(found.value)
    return times is not None and times[0] <= found.first and found.last <= times[1]


def _diagnostic(
    event: TableEvent, partition: Partition, wrong: Sequence[Found], count: int
) -> Diagnostic:
    where = f"`{event.table}.{partition.column}`"
    of = f"{len(wrong):,} of {count:,} partitions"
    return Diagnostic(
        MISPLACED.id,
        f"{where} does not hold the {partition.by} of `{event.at.name}` in {of}",
        event.place("partition"),
        label=_example(wrong[0], partition),
        help=_help(partition, wrong),
    )


def _example(found: Found, partition: Partition) -> str:
    times = f"{show_instant(found.first)} to {show_instant(found.last)}"
    if found.value is None:
        return f"rows of {times} are in no partition"
    if partition.times(found.value) is None:
        return f"`{found.value}` is not written as `{partition.written}`"
    return f"`{found.value}` has rows of {times}"


def _help(partition: Partition, wrong: Sequence[Found]) -> str:
    """The promise that the rows do keep, where there is one."""
    needed = {"lag": partition.lag, "lead": partition.lead}
    for found in wrong:
        times = None if found.value is None else partition.times(found.value)
        if times is None:
            return (
                "runs do not see these rows: write them anew, or say the type or the format of "
                "the column"
            )
        needed["lag"] = max(needed["lag"], partition.lag + times[0] - found.first)
        needed["lead"] = max(needed["lead"], partition.lead + found.last - times[1])
    return f"runs may not see these rows; with `{_lengths(needed)}` they would see all"


def _lengths(needed: Mapping[str, int]) -> str:
    """Lengths as a catalog writes them, in whole units."""
    return ", ".join(f"{name}: {_length(length)}" for name, length in needed.items() if length)


def _length(microseconds: int) -> str:
    unit = next((u for u in LENGTHS if microseconds >= LENGTHS[u]), "m")
    return f"{-(-microseconds // LENGTHS[unit])}{unit}"
