"""The query of a run: for each entity, its key and the words that hold its flags.

It is several queries where one would be too large for the engine, each with the flags of some of
the conditions, and joined once they are computed. A condition that is too large by itself is cut
into parts, which are computed before it. Where the engine would compute what they share anew at
each place, that is in working tables, which are made before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.cuts import Steps
from segue.compiler.sql.limits import in_parts
from segue.compiler.sql.query import CompiledQuery, check_size
from segue.compiler.sql.statements import WORD_BITS, compile_flags
from segue.compiler.sql.working import TableOf, WorkingTable
from segue.runtime.lifecycles.flags import NO_FLAGS, Flags
from segue.runtime.membership.slots import Layout
from segue.runtime.membership.store import Store, key_type

Change = Callable[[exp.Query], exp.Query]
"""What makes a query into another one, which it may do in place."""


@dataclass(frozen=True, slots=True)
class StagedQuery:
    """A query, and the working tables that it reads: to be made in order, and dropped after it."""

    query: exp.Query
    tables: tuple[WorkingTable, ...] = ()

    def mapped(self, change: Change) -> "StagedQuery":
        """The same of changed queries."""
        tables = tuple(replace(made, query=change(made.query)) for made in self.tables)
        return StagedQuery(change(self.query), tables)


Words = tuple[StagedQuery, ...]
"""Queries with a row for each entity: `key`, then `word_0` to the last word of the layout, then the
columns of further flags. A flag is in one of them, and 0 in all others."""
WordsQuery = Callable[[Layout], Words]
"""The words of a layout."""
ROOM_OF_A_COLUMN = 300
"""Bytes that are written around a query for each of its columns, at the most."""
PART = "segue_words_part_"


def word_name(word: int) -> str:
    """The column of a word."""
    return f"word_{word}"


def words_query(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    further: Flags = NO_FLAGS,
    working: TableOf | None = None,
    apart: TableOf | None = None,
    grown: Change | None = None,
) -> WordsQuery:
    """The words of a ruleset at an instant, once the places of its segments are known.

    With `working`, what they share is in these tables. With `apart`, a condition that is too large
    for a statement is computed in several, in these tables. Where the caller will make them longer,
    `grown` says how: they fit then too.
    """

    def query(layout: Layout) -> Words:
        placed = {slot.number: plan.segments[slot.segment].expr for slot in layout.active}
        return some_words(
            plan,
            binding,
            dialect_name,
            layout.words,
            placed,
            further,
            working=working,
            apart=apart,
            grown=grown,
        )

    return query


def some_words(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    words: int,
    placed: Mapping[int, Expr],
    further: Flags,
    chosen: Chosen | None = None,
    given: Given | None = None,
    working: TableOf | None = None,
    apart: TableOf | None = None,
    grown: Change | None = None,
) -> Words:
    """The queries of a run for the conditions at some places; all other bits of its words are 0.

    Of all entities, or of those chosen; from what is given of them. `working`, `apart` and `grown`
    are as in `words_query`.
    """
    roots: list[Expr | None] = [*map(placed.get, range(words * WORD_BITS)), *further.conditions]
    names = ("key", *map(word_name, range(words)), *further.columns)

    def check(query: exp.Query, room: int) -> None:
        check_size(query if grown is None else grown(query.copy()), dialect_name, room)

    def compiled(some: Sequence[Expr | None], given: Given | None) -> CompiledQuery:
        query = compile_flags(plan, binding, dialect_name, some, chosen, given, working)
        for made in query.working:
            check(made.query, ROOM_OF_A_COLUMN)
        check(query.expression, ROOM_OF_A_COLUMN * (len(names) + 1))
        return query

    def alone(place: int, table_of: TableOf) -> CompiledQuery:
        root = roots[place]
        assert root is not None
        key = key_type(plan.catalog.entity.key.type.kind)
        steps = Steps(plan, binding, dialect_name, table_of, key, chosen, given, working)
        return steps.compile(
            root,
            lambda rest, given: compiled(
                [rest if here == place else None for here in range(len(roots))], given
            ),
        )

    def write(places: Sequence[int]) -> StagedQuery:
        if len(places) == 1 and apart is not None:
            query = alone(places[0], apart)
        else:
            here = set(places)
            some = [root if place in here else None for place, root in enumerate(roots)]
            query = compiled(some, given)
        items = [
            exp.alias_(exp.column(given, quoted=True), name, quoted=True)
            for given, name in zip(query.columns, names, strict=True)
        ]
        named = exp.select(*items).from_(query.expression.subquery("words", copy=False))
        return StagedQuery(named, query.working)

    used = [place for place, root in enumerate(roots) if root is not None]
    return tuple(in_parts(used, write))


@contextmanager
def joined(store: Store, words: Words) -> Iterator[exp.Query]:
    """One query for all of the words, which may be read inside the context.

    An entity has as many rows as it has in the first of them.
    """
    if len(words) == 1:
        with made_tables(store, words[0].tables):
            yield words[0].query
        return
    tables = [
        WorkingTable(store.temporary_table(f"{PART}{number}"), part.query)
        for number, part in enumerate(words)
    ]
    for table, part in zip(tables, words, strict=True):
        with made_tables(store, part.tables):
            _make(store, table)
    yield _side_by_side(
        [made.table for made in tables], [item.alias_or_name for item in words[0].query.selects]
    )
    for made in tables:
        _drop(store, made.table)


@contextmanager
def made_tables(store: Store, tables: Sequence[WorkingTable]) -> Iterator[None]:
    """With these working tables, inside the context, which is inside a transaction.

    Where something is raised, they go with the transaction.
    """
    for made in tables:
        _make(store, made)
    yield
    for made in tables:
        _drop(store, made.table)


def _make(store: Store, made: WorkingTable) -> None:
    _drop(store, made.table)
    store.create_temporary(made.table.copy(), made.query)


def _side_by_side(tables: Sequence[exp.Table], names: Sequence[str]) -> exp.Query:
    """The rows of the first table, with the flags of all."""
    key, *flags = names
    aliases = [f"p{number}" for number in range(len(tables))]
    items: list[exp.Expr] = [exp.alias_(exp.column(key, aliases[0]), key)]
    for name in flags:
        values: list[exp.Expr] = [
            exp.func("COALESCE", exp.column(name, a), exp.Literal.number(0)) for a in aliases
        ]
        items.append(exp.alias_(reduce(_plus, values), name))
    query = exp.select(*items).from_(exp.alias_(tables[0].copy(), aliases[0], table=True))
    for table, alias in zip(tables[1:], aliases[1:], strict=True):
        # Several rows of one key are the same in all parts: they come from the same table.
        most = [exp.alias_(exp.Max(this=exp.column(name)), name) for name in flags]
        once = exp.select(key, *most).from_(table.copy()).group_by(key)
        same = exp.column(key, alias).eq(exp.column(key, aliases[0]))
        query = query.join(once.subquery(alias), on=same, join_type="left")
    return query


def _plus(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.Add(this=left, expression=right)


def _drop(store: Store, table: exp.Table) -> None:
    store.warehouse.execute(exp.Drop(tables=[table.copy()], kind="TABLE", exists=True))
