"""What a run keeps for the next one: tables beside those of memberships.

kept_run      one row: the run, its instant and the version of Segue
kept_rules    what each rule meant whose truths are kept
kept_columns  the columns of kept_traits
kept_sources  which rows of each source of events were there
kept_rows     how many rows these were, by day: rows may be added to it, and are then summed
kept_open     the entities of rows that may still be corrected
kept_places   where the traits and the aggregates are that go on, and of which instant: `places.py`

Tables of a place come and go with the rules, and have its number in their names:

kept_traits_0 each entity, with the parts of conditions that read no events
kept_base_1   aggregates by key, and kept_tiles_1: `bases.py`
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from sqlglot import exp

from segue.compiler.incremental.sources import Mark
from segue.compiler.sql.trees import cast, column, named
from segue.compiler.types import Kind
from segue.runtime.membership.store import Store, key_type

VERSION = 4
"""Of what these tables mean: another one makes the next run a full one."""

_TABLES = {
    "kept_run": """CREATE TABLE segue.kept_run (
        run_id BIGINT NOT NULL, as_of TIMESTAMP NOT NULL, version BIGINT NOT NULL)""",
    "kept_rules": "CREATE TABLE segue.kept_rules (rule TEXT NOT NULL, meaning TEXT NOT NULL)",
    "kept_sources": """CREATE TABLE segue.kept_sources (
        source TEXT NOT NULL, closed BIGINT NOT NULL, arrived BIGINT)""",
    "kept_rows": """CREATE TABLE segue.kept_rows (
        source TEXT NOT NULL, day BIGINT NOT NULL, amount BIGINT NOT NULL)""",
    "kept_open": "CREATE TABLE segue.kept_open (key :key NOT NULL)",
    "kept_columns": "CREATE TABLE segue.kept_columns (name TEXT NOT NULL)",
    "kept_places": """CREATE TABLE segue.kept_places (
        place BIGINT NOT NULL, name TEXT NOT NULL, built BIGINT NOT NULL)""",
}
OPEN = "kept_open"
TRAITS = "traits"
"""The name of their place; all others are those of aggregates."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where something is kept, and the `as_of` that it was first written as of."""

    place: int
    built: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What the last complete run left. `rules` has what each rule meant, `traits` are the columns
    of their place, and `totals` says where each aggregate is kept."""

    run: int
    as_of: int
    traits_at: Base
    rules: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    totals: Mapping[str, Base] = field(default_factory=dict)


def read_kept(store: Store) -> Kept | None:
    """What the last complete run left; None where it left nothing that can be used."""
    if not store.warehouse.has_table(store.table("kept_run")):
        return None
    query = store("SELECT run_id, as_of FROM segue.kept_run WHERE version = :v", v=VERSION)
    rows = store.fetch(query)
    last = store.fetch(store("SELECT MAX(run_id) FROM segue.runs WHERE NOT partial"))
    if not rows or rows[0][0] != last[0][0]:
        return None
    run, at = rows[0]
    rules = store.fetch(store("SELECT rule, meaning FROM segue.kept_rules"))
    marks = store.fetch(store("SELECT source, closed, arrived FROM segue.kept_sources"))
    traits = store.fetch(store("SELECT name FROM segue.kept_columns"))
    places = store.fetch(store("SELECT name, place, built FROM segue.kept_places"))
    found = {name: Base(int(place), int(built)) for name, place, built in places}
    return Kept(
        run=int(run),
        as_of=store.warehouse.read_moment(at),
        traits_at=found.pop(TRAITS),
        rules=dict(rules),
        marks={source: Mark(closed, arrived) for source, closed, arrived in marks},
        traits=frozenset(name for (name,) in traits),
        totals=found,
    )


def forget(store: Store) -> None:
    """The next run is a full one."""
    if store.warehouse.has_table(store.table("kept_run")):
        store.execute("DELETE FROM segue.kept_run")


def forget_rules(store: Store, rules: Iterable[str]) -> None:
    """Some rules were computed on their own: the next run computes them for everybody."""
    if store.warehouse.has_table(store.table("kept_rules")):
        for rule in rules:
            store.execute("DELETE FROM segue.kept_rules WHERE rule = :rule", rule=rule)


def prepare_kept(store: Store, key: Kind) -> None:
    """Makes the tables that every run has, where they are not there."""
    for name, text in _TABLES.items():
        if not store.warehouse.has_table(store.table(name)):
            store.execute(text.replace(":key", key_type(key)))


def write_run(store: Store, run: int, as_of: int) -> None:
    """Writes which run it was."""
    store.execute("DELETE FROM segue.kept_run")
    store.execute(
        "INSERT INTO segue.kept_run (run_id, as_of, version) VALUES (:run, :at, :version)",
        run=run,
        at=store.warehouse.moment(as_of),
        version=VERSION,
    )


def write_rules(store: Store, rules: Mapping[str, str], before: Kept | None) -> None:
    """Writes what the rules meant, where that is something else than before."""
    if before is None or before.rules != rules:
        store.execute("DELETE FROM segue.kept_rules")
        insert_rows(store, "kept_rules", ("rule", "meaning"), list(rules.items()))


def write_columns(store: Store, traits: Iterable[str], before: Kept | None) -> None:
    """Writes which columns of traits there are, where these are others than before."""
    names = list(traits)
    if before is None or before.traits != set(names):
        store.execute("DELETE FROM segue.kept_columns")
        insert_rows(store, "kept_columns", ("name",), [(name,) for name in names])


def write_marks(store: Store, marks: Mapping[str, Mark]) -> None:
    """Writes which rows of each source were there."""
    store.execute("DELETE FROM segue.kept_sources")
    rows = [(source, mark.closed, mark.arrived) for source, mark in marks.items()]
    insert_rows(store, "kept_sources", ("source", "closed", "arrived"), rows)


def read_places(store: Store) -> set[int]:
    """The places that have tables, whatever these mean."""
    rows = store.fetch(store("SELECT DISTINCT place FROM segue.kept_places"))
    return {int(place) for (place,) in rows}


def write_places(
    store: Store, traits: Base, totals: Mapping[str, Base], before: Kept | None
) -> None:
    """Writes where the traits and the aggregates are, where that is somewhere else than before."""
    if before is not None and (before.traits_at, before.totals) == (traits, totals):
        return
    store.execute("DELETE FROM segue.kept_places")
    found = {TRAITS: traits, **totals}
    rows = [(base.place, name, base.built) for name, base in found.items()]
    insert_rows(store, "kept_places", ("place", "name", "built"), rows)


def add_rows(store: Store, by_source: Mapping[str, exp.Query]) -> None:
    """Adds rows that were counted by day, those of all sources at once."""
    queries: list[exp.Query] = []
    for source, by_day in by_source.items():
        items = [
            exp.alias_(exp.Literal.string(source), "source"),
            *(named(cast(column(name), "BIGINT"), name) for name in ("day", "rows")),
        ]
        counted = by_day.subquery("by_day", copy=False)
        queries.append(exp.select(*items, copy=False).from_(counted))
    if queries:
        table, names = store.table("kept_rows"), ["source", "day", "amount"]
        rows = reduce(_union_all, queries)
        store.warehouse.execute(exp.insert(rows, table, columns=names, copy=False))


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False, copy=False)


def insert_rows(
    store: Store, table: str, columns: Sequence[str], rows: Sequence[Sequence[int | str | None]]
) -> None:
    """Inserts values."""
    if rows:
        values = exp.values([tuple(row) for row in rows])
        store.warehouse.execute(exp.insert(values, store.table(table), columns=list(columns)))
