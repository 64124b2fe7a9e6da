"""The rows of the strips of a run, gathered where the engine would read its tables for each query.

Whose segments can change, the tiles, the rows that are new and those that are still open are all
looked for in the same days.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from segue.compiler.catalog.model import Catalog, TableEvent
from segue.compiler.incremental.sources import Mark, Source
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.windows import Binding, Bounds, merged
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.gathered import Gathered, rows_within
from segue.compiler.sql.rows import Place, Rows
from segue.runtime.incremental.choice import Choice
from segue.runtime.incremental.kept import Kept
from segue.runtime.membership.store import Store

STRIPS = "segue_strips_"
MOST_GATHERED = 0.5
"""The share of the time between the first strip and the last that they may fill: of more than
that, nearly the whole table would be copied."""


def gather(
    store: Store, catalog: Catalog, choice: Choice, kept: Kept, binding: Binding
) -> tuple[Gathered, ...]:
    """Makes a working table for each place of events, where the engine gains by that."""
    if not store.warehouse.gathers_strips:
        return ()
    found: list[Gathered] = []
    roots = [root for rule in choice.rules for root in rule.roots]
    for place, sources in _by_place(choice.sources).items():
        strips = _strips(sources, choice.swept.strips, kept.marks, binding)
        if not _are_few(strips):
            continue
        table = store.temporary_table(f"{STRIPS}{len(found)}")
        drop(store, [table])
        members = tuple(member for source in sources for member in source.members)
        rows = Rows(dialect(store.warehouse.dialect), "", members, sources[0].key_type)
        columns = _columns(catalog, place, roots)
        store.create_temporary(table.copy(), rows_within(rows, strips, columns))
        found.append(Gathered(place, strips, table))
    return tuple(found)


def drop(store: Store, tables: Iterable[exp.Table]) -> None:
    """Drops the working tables."""
    for table in tables:
        store.warehouse.execute(exp.Drop(tables=[table.copy()], kind="TABLE", exists=True))


def _by_place(sources: Iterable[Source]) -> dict[Place, list[Source]]:
    """The sources of which every row of a strip is read by its time, by their place."""
    found: dict[Place, list[Source]] = {}
    for source in sources:
        if source.arrived is None:
            found.setdefault(source.place, []).append(source)
    return found


def _strips(
    sources: Iterable[Source],
    swept: Mapping[str, tuple[Bounds, ...]],
    marks: Mapping[str, Mark],
    binding: Binding,
) -> tuple[Bounds, ...]:
    """The intervals in which a run looks for rows of one place."""
    return merged(
        strip
        for source in sources
        for strip in (
            Bounds(marks[source.name].closed, binding.as_of),
            *(strip for member in source.members for strip in swept.get(member.name, ())),
        )
        if strip.after is None or strip.after < strip.until
    )


def _are_few(strips: tuple[Bounds, ...]) -> bool:
    lengths = []
    for after, until in strips:
        if after is None:
            return False
        lengths.append(until - after)
    if len(strips) < 2:
        return bool(strips)
    first = strips[0].after
    assert first is not None
    return sum(lengths) <= (strips[-1].until - first) * MOST_GATHERED


def _columns(catalog: Catalog, place: Place, roots: Iterable[Expr]) -> list[str]:
    """The columns of a place that queries of some rules can read."""
    read = {
        node.param[1]
        for node in reachable(roots)
        if node.op == "property" and isinstance(node.param, tuple)
    }
    names = [place.key, place.at]
    for event in catalog.events.values():
        if not isinstance(event, TableEvent) or event.table != place.table:
            continue
        names += [event.key, event.at.name, *event.where]
        if event.id is not None:
            names.append(event.id.name)
        if event.arrived is not None:
            names.append(event.arrived.name)
        if event.partition is not None:
            names.append(event.partition.column)
        names += [found.column for name, found in event.properties.items() if name in read]
    return list(dict.fromkeys(names))
