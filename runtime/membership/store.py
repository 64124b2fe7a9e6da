"""The tables of a membership store, and statements over them.

    store     one row: the layout's version, the entity and the type of its key
    runs      one row for each completed run
    counts    for each run and segment: members, entered, left
    segments  the bit of each segment, and the runs that added, changed or removed it
    state     entities in at least one segment, with a bit for each: what a run compares with
    members   who is in which segment, and since when
    history   one row for each time somebody entered or left a segment; rows are only added
    snapshot  what rules compare entities with, of the last run: JSON, in pieces
    renames   which run found which new name; in `history` and `counts` is the name of the day

Instants are timestamps without zone that mean UTC. `at` and `entered_at` are the `as_of` of
the run: what the members of a segment were at an instant follows from its history.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import sqlglot
from sqlglot import exp

from segue.compiler.types import Kind
from segue.runtime.membership.slots import Slot
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Row, Warehouse

SCHEMA = "segue"
VERSION = 1
AT_ONCE = 200
"""Rows of values in one statement."""

Value = None | bool | int | float | str | exp.Expr
"""What a placeholder of a statement may stand for."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS segue.store (
        version BIGINT NOT NULL, entity TEXT NOT NULL, key_type TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS segue.counts (
        run_id BIGINT NOT NULL, segment TEXT NOT NULL, members BIGINT NOT NULL,
        entered BIGINT NOT NULL, departed BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS segue.segments (
        slot BIGINT NOT NULL, segment TEXT NOT NULL, word BIGINT NOT NULL, flag BIGINT NOT NULL,
        definition TEXT NOT NULL, added_run BIGINT NOT NULL, changed_run BIGINT,
        retired_run BIGINT)""",
    "CREATE TABLE IF NOT EXISTS segue.state (key :key NOT NULL)",
    """CREATE TABLE IF NOT EXISTS segue.members (
        segment TEXT NOT NULL, key :key NOT NULL, entered_at TIMESTAMP NOT NULL,
        run_id BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS segue.history (
        segment TEXT NOT NULL, key :key NOT NULL, change TEXT NOT NULL, reason TEXT NOT NULL,
        at TIMESTAMP NOT NULL, run_id BIGINT NOT NULL)""",
)
_RUNS = """CREATE TABLE IF NOT EXISTS segue.runs (
        run_id BIGINT NOT NULL, as_of TIMESTAMP NOT NULL, ruleset TEXT NOT NULL,
        started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP NOT NULL,
        partial BOOLEAN NOT NULL, entities BIGINT NOT NULL,
        entered BIGINT NOT NULL, departed BIGINT NOT NULL)"""
"""Made after all others: where it is, they are, also on an engine where each stays by itself."""

ALL_TABLES = frozenset({"store", "runs", "counts", "segments", "state", "members", "history"})

_INDEXES = (
    "CREATE UNIQUE INDEX state_key ON segue.state (key)",
    "CREATE UNIQUE INDEX members_key ON segue.members (key, segment)",
    "CREATE INDEX history_key ON segue.history (key)",
)


class Store:
    """The store of one schema in one warehouse."""

    def __init__(self, warehouse: Warehouse, schema: str = SCHEMA) -> None:
        self.warehouse = warehouse
        self.schema = schema
        self._key = Kind.STRING
        self._temporary: frozenset[str] = frozenset()

    def exists(self) -> bool:
        """Whether a run has ever written here."""
        return self.warehouse.has_table(self.table("runs"))

    def prepare(self, entity: str, key: Kind, *, trial: bool = False) -> None:
        """Makes the tables where they are not there.

        A `trial` writes nothing: it works on an empty store that ends with the transaction, or
        on a copy of the one table it would change.
        """
        self._key = key
        if self.exists():
            self._check(entity, key)
            if trial:
                query = self("SELECT * FROM segue.segments")
                self._temporary = frozenset({"segments"})
                self.create_temporary(self.table("segments"), query)
            return
        if trial:
            self._temporary = ALL_TABLES
        else:
            self.warehouse.create_schema(self.schema)
        for text in _TABLES:
            self._make(text, trial=trial)
        if self.warehouse.has_primary_keys and not trial:
            for text in _INDEXES:
                self.execute(text)
        # One that was killed may have come this far.
        self.execute("DELETE FROM segue.store")
        self.execute(
            "INSERT INTO segue.store (version, entity, key_type) VALUES (:version, :entity, :key)",
            version=VERSION,
            entity=entity,
            key=key_type(key),
        )
        self._make(_RUNS, trial=trial)

    def prepare_further(
        self,
        tables: Mapping[str, str],
        indexes: Sequence[str],
        copies: Mapping[str, exp.Expr],
        *,
        trial: bool,
    ) -> None:
        """Makes tables beside those of memberships, where they are not there.

        A `trial` works on empty ones that end with the transaction, or on the rows of the
        queries in `copies`, by table.
        """
        there = self.warehouse.has_table(self.table(next(iter(copies))))
        if trial:
            self._temporary |= frozenset(copies if there else tables)
        if there and trial:
            for name, query in copies.items():
                self.create_temporary(self.table(name), query)
        if there:
            return
        for text in tables.values():
            self._make(text, trial=trial)
        if self.warehouse.has_primary_keys and not trial:
            for text in indexes:
                self.execute(text)

    def _make(self, text: str, *, trial: bool) -> None:
        statement = self(text.replace(":key", key_type(self._key)))
        if trial:
            _make_temporary(statement)
        self.warehouse.execute(statement)

    def _check(self, entity: str, key: Kind) -> None:
        row = self.warehouse.fetch_one(self("SELECT version, entity, key_type FROM segue.store"))
        if row is None or row[0] != VERSION:
            raise Refusal(f"the schema `{self.schema}` was not written by this version of Segue")
        if row[1:] != (entity, key_type(key)):
            raise Refusal(
                f"the schema `{self.schema}` holds segments of another entity: `{row[1]}` with "
                f"a key of type {row[2]}, not `{entity}` with one of type {key_type(key)}",
                "choose another schema for this project, as in `schema: segue_shop` of its target",
            )

    def slots(self) -> list[Slot]:
        """All slots ever given, those of removed segments too."""
        query = self(
            "SELECT slot, segment, definition, retired_run IS NOT NULL FROM segue.segments "
            "ORDER BY slot"
        )
        return [Slot(n, name, what, bool(gone)) for n, name, what, gone in self.fetch(query)]

    def last_run(self) -> tuple[int, int | None]:
        """The number of the last run, 0 before the first, and its `as_of`."""
        query = self("SELECT run_id, as_of FROM segue.runs ORDER BY run_id DESC LIMIT 1")
        rows = self.fetch(query)
        return (rows[0][0], self.warehouse.read_moment(rows[0][1])) if rows else (0, None)

    # -------------------------------------------------------------- statements

    def __call__(self, text: str, **values: Value) -> exp.Expr:
        """The statement of a constant text; `:name` in it becomes the value of that name.

        The schemas `segue` and `temp` of the text become those of this store and warehouse.
        """
        return self._placed(_parsed(text).copy(), values)

    def execute(self, text: str, **values: Value) -> None:
        """Runs the statement of a constant text."""
        self.warehouse.execute(self(text, **values))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Adds rows to a table of the store, many with one statement."""
        values = [
            exp.Tuple(
                expressions=[v.copy() if isinstance(v, exp.Expr) else exp.convert(v) for v in row]
            )
            for row in rows
        ]
        for start in range(0, len(values), AT_ONCE):
            some = exp.Values(expressions=values[start : start + AT_ONCE])
            self.warehouse.execute(exp.insert(some, self.table(table), columns=list(columns)))

    def fetch(self, query: exp.Expr) -> list[Row]:
        """The rows of a query."""
        return self.warehouse.fetch(query)

    def table(self, name: str) -> exp.Table:
        """A table of the store."""
        if name in self._temporary:
            return self.warehouse.temporary_table(f"{self.schema}_{name}")
        return self.warehouse.store_table(self.schema, name)

    def temporary_table(self, name: str) -> exp.Table:
        """A working table of this session."""
        return self.warehouse.temporary_table(name)

    def create_temporary(self, table: exp.Table, query: exp.Expr) -> None:
        """Makes a working table of the rows of a query."""
        create = exp.Create(this=table, kind="TABLE", expression=query)
        _make_temporary(create)
        self.warehouse.execute(create)
        self.warehouse.analyse(table)

    def _placed(self, tree: exp.Expr, values: Mapping[str, Value]) -> exp.Expr:
        def place(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Placeholder):
                value = values[node.name]
                return value.copy() if isinstance(value, exp.Expr) else exp.convert(value)
            if isinstance(node, exp.Table) and node.db in ("segue", "temp"):
                here = node.db == "segue"
                table = self.table(node.name) if here else self.temporary_table(node.name)
                table.set("alias", node.args.get("alias"))
                return table
            if isinstance(node, exp.Index):
                # Of its table: all schemas of SQLite share their names.
                of = self.table(node.args["table"].name)
                node.set("this", exp.to_identifier(f"{of.name}_key", quoted=True))
            return node

        return tree.transform(place, copy=False)


def _make_temporary(create: exp.Expr) -> None:
    """Turns a `CREATE TABLE` into one of this session."""
    create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))


def key_type(kind: Kind) -> str:
    """The column type of an entity's key."""
    return "BIGINT" if kind is Kind.INT else "TEXT"


@lru_cache(maxsize=256)
def _parsed(text: str) -> exp.Expr:
    return sqlglot.parse_one(text)
