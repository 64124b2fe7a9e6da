"""Tables that grow from run to run: rows that come in time, late, twice, or before their time.

Rules, catalogs and rows are those of the parity tests, with their edges at the instants of all
runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random

from parity.case import compile_rules
from parity.generate import catalogs, instants, rulesets
from parity.generate.rows import Filler
from parity.generate.rulesets import Tally
from parity.tables import Row, Store, Table

from incremental import aggregates
from segue.compiler.catalog.model import Catalog, TableEvent, TimeColumn, TimeKind
from segue.compiler.plan.lifecycles import Lifecycle, Stage
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import (
    DAY,
    Binding,
    from_microseconds,
    to_microseconds,
)
from segue.grammar import ast

HOUR = DAY // 24
STEPS = (0, 1, HOUR, 5 * HOUR, DAY, DAY, DAY, 2 * DAY, 7 * DAY, 31 * DAY)
LATENESS = (0, HOUR, DAY, 3 * DAY, None)
ARRIVED = "arrived"


@dataclass(frozen=True)
class Moment:
    """One run: the tables as they are then, the rules, and the instant."""

    tables: Mapping[str, Table]
    plan: Plan
    binding: Binding
    catalog: Catalog


def stream(seed: int, *, runs: int, entities: int) -> Iterator[Moment]:
    """The runs of one random history, one after the other."""
    random = Random(seed)
    first = instants.binding(random)
    bindings = [first]
    for _ in range(runs - 1):
        bindings.append(Binding(bindings[-1].as_of + random.choice(STEPS), first.zone))
    catalog = _with_overlap(random, catalogs.catalog(random, first.zone.key))
    catalog = _with_lateness(random, catalog)
    near = tuple(b.as_of - d for b in (bindings[0], bindings[-1]) for d in (0, DAY, 30 * DAY))
    rules = rulesets.ruleset(random, catalog, near, Tally(), 8)
    other = rulesets.ruleset(random, catalog, near, Tally(), 4)
    rules, other = (_with_aggregates(random, catalog, module) for module in (rules, other))
    fewer = ast.Module(rules.items[:-1]) if _stands(rules.items[:-1], catalog) else rules
    modules = (rules, fewer, other)
    plans = {id(m): _with_lifecycle(random, compile_rules(m, catalog)) for m in modules}
    tables = _final(random, catalog, plans[id(rules)], bindings, entities)
    world = _World(random, catalog, tables)
    module, before = rules, first.as_of
    for number, binding in enumerate(bindings):
        if random.randrange(5) == 0:
            module = random.choice(modules)
        world.advance(number, before, binding.as_of)
        before = binding.as_of
        yield Moment(world.present, plans[id(module)], binding, catalog)


def _with_aggregates(random: Random, catalog: Catalog, module: ast.Module) -> ast.Module:
    return ast.Module((*aggregates.segments(random, catalog, 3), *module.items))


def _stands(items: tuple[ast.Item, ...], catalog: Catalog) -> bool:
    try:
        compile_rules(ast.Module(items), catalog)
    except AssertionError:
        return False
    return True


def _with_overlap(random: Random, catalog: Catalog) -> Catalog:
    """Sometimes with one more event, of all rows of a table that others share."""
    shared = [e for e in catalog.events.values() if isinstance(e, TableEvent) and e.where]
    if not shared or random.randrange(2):
        return catalog
    either = replace(shared[0], name="either", where={})
    return replace(catalog, events={**catalog.events, "either": either})


def _with_lateness(random: Random, catalog: Catalog) -> Catalog:
    """Each table of events comes late in a way of its own, and some of its events a day later."""
    by_table: dict[str, tuple[int | None, TimeColumn | None]] = {}
    events = {}
    for name, event in catalog.events.items():
        if isinstance(event, TableEvent) and event.table != catalog.entity.table:
            kinds = (TimeKind.UTC, TimeKind.INSTANT)
            arrived = TimeColumn(ARRIVED, random.choice(kinds))
            how = (None, arrived) if random.randrange(3) == 0 else (random.choice(LATENESS), None)
            lateness, column = by_table.setdefault(event.table.name, how)
            if lateness is not None:
                lateness += random.choice((0, 0, DAY))
            event = replace(event, lateness=lateness, arrived=column)
        events[name] = event
    return replace(catalog, events=events)


def _with_lifecycle(random: Random, plan: Plan) -> Plan:
    """Stages whose conditions are those of segments."""
    roots = [definition.expr for definition in plan.segments.values()]
    if len(roots) < 2 or random.randrange(2):
        return plan
    names = ("one", "two", "three")
    source = ast.Stage(ast.Identifier("one"))
    # The conditions matter, not how they are written.
    stages = {
        name: Stage(
            name,
            random.choice(roots),
            random.choice((*roots, None)),
            tuple(n for n in names if n != name and random.randrange(2)),
            source,
        )
        for name in names
    }
    initial = random.choice((None, "one"))
    lifecycle = Lifecycle("life", stages, initial, ast.Lifecycle(ast.Identifier("life"), ()))
    return replace(plan, lifecycles={"life": lifecycle})


def _final(
    random: Random, catalog: Catalog, plan: Plan, bindings: list[Binding], entities: int
) -> dict[str, Table]:
    """All rows that there will ever be, with edges at every run."""
    tables: dict[str, Table] = {}
    for number, binding in enumerate(bindings):
        filled = Filler(Random(random.randrange(2**32)), catalog, plan, binding).fill(entities)
        for name, table in filled.items():
            if number == 0:
                tables[name] = table
            elif name != catalog.entity.table.name:
                tables[name].rows += random.sample(table.rows, len(table.rows) // 2)
    for event in catalog.events.values():
        if isinstance(event, TableEvent) and event.id is not None:
            rows = tables[event.table.name].rows
            for number, row in enumerate(rows):
                text = isinstance(row[event.id.name], str)
                row[event.id.name] = str(number) if text else number
        if isinstance(event, TableEvent) and event.arrived is not None:
            store = Store.UTC if event.arrived.kind is TimeKind.UTC else Store.INSTANT
            tables[event.table.name].columns[ARRIVED] = (store, 0)
    return tables


class _World:
    """The rows that are there, of all that will be."""

    def __init__(self, random: Random, catalog: Catalog, final: Mapping[str, Table]) -> None:
        self.random = random
        self.catalog = catalog
        self.to_come = {name: list(table.rows) for name, table in final.items()}
        self.present = {n: Table(t.name, t.columns) for n, t in final.items()}
        self.next_id = max((len(table.rows) for table in final.values()), default=0)
        events = [event for event in catalog.events.values() if isinstance(event, TableEvent)]
        self.events = {event.table.name: event for event in events}
        self.of_table = {
            name: [event for event in events if event.table.name == name] for name in self.events
        }

    def advance(self, number: int, before: int, as_of: int) -> None:
        """What comes until a run; `before` is the instant of the one before."""
        for name in self.present:
            if name == self.catalog.entity.table.name:
                self._entities(number)
            else:
                event = self.events[name]
                if event.lateness is not None:
                    self._correct(event, before)
                self._arrive(event, number, as_of)

    def _lateness(self, row: Row, event: TableEvent) -> int | None:
        """How late a row comes at the most: as the slowest of the events says that it is of."""
        events = self.of_table[event.table.name]
        late = [e.lateness for e in events if e.lateness is not None]
        of = [
            e.lateness
            for e in events
            if e.lateness is not None
            and all(row[name] in wanted for name, wanted in e.where.items())
        ]
        return max(of) if of else min(late, default=None)

    def _entities(self, number: int) -> None:
        name = self.catalog.entity.table.name
        here, to_come = self.present[name].rows, self.to_come[name]
        if number == 0:
            count = len(to_come) * 4 // 5
            here += to_come[:count]
            del to_come[:count]
            return
        random, key = self.random, self.catalog.entity.key.name
        here[:] = {row[key]: row for row in here}.values()
        for _ in range(random.randrange(3)):
            one, another = random.choice(here), random.choice(here)
            column = random.choice([c for c in one if c != key])
            one[column] = another[column]
        if to_come and random.randrange(2):
            here.append(to_come.pop())
        if random.randrange(3) == 0:
            to_come.append(here.pop(random.randrange(len(here))))
        if random.randrange(12) == 0:
            # A key of two rows, until the next run.
            here.append(dict(random.choice(here)))

    def _arrive(self, event: TableEvent, number: int, as_of: int) -> None:
        """Rows come, some of them twice."""
        random, name = self.random, event.table.name
        staying = []
        for row in self.to_come[name]:
            if not self._comes(self._lateness(row, event), _moment(row, event), as_of):
                staying.append(row)
                continue
            copies = 1 if random.randrange(10) else 2
            for _ in range(copies):
                copy = dict(row)
                if event.arrived is not None:
                    # In the order in which runs find them, but of any time.
                    at = (number + 1) * DAY + random.randrange(DAY)
                    copy[ARRIVED] = from_microseconds(at)
                if copies > 1 and event.id is not None:
                    self.next_id += 1
                    text = isinstance(copy[event.id.name], str)
                    copy[event.id.name] = str(self.next_id) if text else self.next_id
                self.present[name].rows.append(copy)
        self.to_come[name] = staying

    def _comes(self, lateness: int | None, at: int | None, as_of: int) -> bool:
        """Whether a row is there at a run: no later than was said, and seldom before its time."""
        chance = self.random.randrange(4)
        if lateness is None or at is None:
            return chance > 0
        if at <= as_of - lateness:
            return True
        return chance > 0 if at <= as_of else chance == 0

    def _correct(self, event: TableEvent, before: int) -> None:
        """Rows that are still open become others that are, or go."""
        random, here = self.random, self.present[event.table.name].rows
        fixed = {event.at.name, *(() if event.id is None else (event.id.name,))}
        fixed |= set() if event.partition is None else {event.partition.column}
        for row in [r for r in here if self._is_open(r, event, before)]:
            match random.randrange(16):
                case 0:
                    here.remove(row)
                case 1:
                    column = random.choice([c for c in row if c not in fixed])
                    other = {**row, column: random.choice(here)[column]}
                    if self._is_open(other, event, before):
                        row.update(other)

    def _is_open(self, row: Row, event: TableEvent, before: int) -> bool:
        at, late = _moment(row, event), self._lateness(row, event)
        return at is not None and late is not None and at > before - late


def _moment(row: Row, event: TableEvent) -> int | None:
    value = row[event.at.name]
    if value is None:
        return None
    if isinstance(value, datetime):
        return to_microseconds(value)
    return (value - date(1970, 1, 1)).days * DAY
