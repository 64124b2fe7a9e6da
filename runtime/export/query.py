"""The query of an export over a store and the entity's table."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.catalog.model import Attribute, Entity
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.rows import table
from segue.compiler.sql.trees import column, not_null
from segue.runtime.export.columns import Exported, What
from segue.runtime.membership.renames import read_renames
from segue.runtime.membership.store import Store, key_type


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export. Of changes, those of runs after `since` up to `until`.

    An entry is of somebody who is in a segment after those runs and was not before them, an exit
    the other way round: who came and went in between is neither. `segments` empty is all; they
    are called what the last run called them, also where they had another name.
    """

    what: What
    columns: tuple[Exported, ...]
    segments: tuple[str, ...] = ()
    consent: tuple[Attribute, ...] = ()
    since: int = 0
    until: int = 0

    @property
    def asked(self) -> tuple[Attribute, ...]:
        """The attributes that must be true: another tool must hear of everybody who left."""
        return () if self.what is What.EXITS else self.consent

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes that are read."""
        return (*(c.attribute for c in self.columns if c.attribute), *self.asked)


def export_query(store: Store, entity: Entity, wanted: Wanted) -> exp.Query:
    """A row for each member, entry or exit, ordered by segment and key.

    Who has not consented is left out, but not of exits: another tool would keep them.
    """
    query = _rows(store, entity, wanted)
    items = [
        exp.alias_(_value(store, c), f"c{place}", quoted=True)
        for place, c in enumerate(wanted.columns)
    ]
    query = query.select(*items, append=False)
    for attribute in wanted.asked:
        query = query.where(_consents(store, entity, attribute))
    return query.order_by(_own("segment"), _own("key"))


def left_out_query(store: Store, entity: Entity, wanted: Wanted) -> exp.Query | None:
    """How many rows are left out for want of consent; None where nobody is asked for it."""
    if not wanted.asked:
        return None
    query = _rows(store, entity, wanted).select(exp.Count(this=exp.Star()), append=False)
    consents = exp.and_(*(_consents(store, entity, a) for a in wanted.asked))
    return query.where(exp.not_(exp.paren(consents)))


def _rows(store: Store, entity: Entity, wanted: Wanted) -> exp.Select:
    rows = _members(store) if wanted.what is What.MEMBERS else _changes(store, wanted)
    query = exp.select("*").from_(rows.subquery("found", copy=False))
    attributes = wanted.attributes
    if attributes:
        key = exp.cast(column(entity.key.name, "e"), key_type(entity.key.type.kind))
        source = _entities(store, entity, attributes).subquery("e", copy=False)
        query = query.join(source, on=exp.EQ(this=_own("key"), expression=key), join_type="left")
    if wanted.segments:
        query = query.where(_own("segment").isin(*wanted.segments))
    return query


def _entities(store: Store, entity: Entity, attributes: Sequence[Attribute]) -> exp.Select:
    """Attributes of whoever is in one row: of several, nobody can tell which has consented."""
    names = dict.fromkeys((entity.key.name, *(a.column for a in attributes)))
    key = dialect(store.warehouse.dialect).key(column(entity.key.name), entity.key.type)
    repeated = (
        exp.select(key.copy())
        .from_(table(entity.table))
        .where(not_null(column(entity.key.name)))
        .group_by(key.copy())
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
    )
    once = exp.not_(exp.In(this=key, query=repeated.subquery(copy=False)))
    return exp.select(*map(column, names)).from_(table(entity.table)).where(once, copy=False)


def _members(store: Store) -> exp.Query:
    query = store("SELECT segment, key, entered_at, run_id FROM segue.members")
    assert isinstance(query, exp.Query)
    return query


def _changes(store: Store, wanted: Wanted) -> exp.Query:
    """The last changes of those whose first and last change are both of the wanted kind."""
    renames = read_renames(store)
    query = store(
        """SELECT c.segment AS segment, l.key AS key, l.at AS at, l.reason AS reason,
             l.run_id AS run_id
           FROM (SELECT named.segment AS segment, named.key AS key, MIN(named.run_id) AS first_run,
                   MAX(named.run_id) AS last_run
                 FROM (SELECT :of_h AS segment, h.key AS key, h.run_id AS run_id
                       FROM segue.history AS h
                       WHERE h.run_id > :since AND h.run_id <= :until) AS named
                 GROUP BY named.segment, named.key) AS c
           JOIN segue.history AS f
             ON :of_f = c.segment AND f.key = c.key AND f.run_id = c.first_run
           JOIN segue.history AS l
             ON :of_l = c.segment AND l.key = c.key AND l.run_id = c.last_run
           WHERE f.change = :change AND l.change = :change""",
        since=wanted.since,
        until=wanted.until,
        change="enter" if wanted.what is What.ENTRIES else "exit",
        of_h=renames.segment_column("h"),
        of_f=renames.segment_column("f"),
        of_l=renames.segment_column("l"),
    )
    assert isinstance(query, exp.Query)
    return query


def _value(store: Store, found: Exported) -> exp.Expr:
    """A column in the representation of its type; instants of the store as the engine has them."""
    if found.attribute is None:
        return _own(found.source)
    target = dialect(store.warehouse.dialect)
    return target.leaf(column(found.attribute.column, "e"), found.attribute)


def _consents(store: Store, entity: Entity, attribute: Attribute) -> exp.Expr:
    target = dialect(store.warehouse.dialect)
    value = target.leaf(column(attribute.column, "e"), attribute)
    given = exp.and_(exp.not_(value.copy().is_(exp.null())), value)
    if attribute.default is not True:
        return given
    # Silence is consent here, by the catalog; but nobody consents who is not there.
    there = exp.not_(column(entity.key.name, "e").is_(exp.null()))
    return exp.and_(there, exp.paren(exp.or_(value.copy().is_(exp.null()), value.copy())))


def _own(name: str) -> exp.Column:
    return exp.column(name, "found")
