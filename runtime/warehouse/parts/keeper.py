"""A warehouse whose engine has no transactions, and what takes their place.

Whatever a run changes, it writes to new parts, beside those of the run before. Its last step
publishes a manifest that names the new parts: one step of the engine, which happens or does not,
and which fails where another run has published in the meantime. So a run that is stopped, killed
or overtaken leaves the state of the run before it; its parts are swept away by a later one.
"""

import secrets
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

from sqlglot import exp

from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.parts import erasing, rewriting
from segue.runtime.warehouse.parts.manifest import (
    Column,
    Erased,
    Kept,
    Manifest,
    born_at,
    part_name,
)
from segue.runtime.warehouse.warehouse import Row, Warehouse

MOST_PARTS = 16
"""Parts of a table from which on a run that adds to it writes it as one."""
MOST_GONE = 0.25
"""The share of the rows of a table from which on those that are gone are taken out of it."""
_HOME, _NAME = "segue_home", "segue_name"
_SESSION = ""


class PartsWarehouse(Warehouse):
    """See the module. An engine says how a part is written, read and dropped, and publishes."""

    has_primary_keys: ClassVar[bool] = False
    rewrites_tables: ClassVar[bool] = True
    erases: ClassVar[frozenset[str]] = frozenset()
    """Tables of a store that are large, and seldom read: what goes becomes a part of its own."""

    def __init__(self) -> None:
        self._manifests: dict[str, Manifest] = {}
        self._drafts: dict[str, Manifest] | None = None
        self._session: dict[str, Kept] = {}
        self._own: set[str] = set()
        self._token = secrets.token_hex(4)
        self._count = 0

    # ------------------------------------------------------------ of an engine

    @abstractmethod
    def typed(self, column: Column) -> exp.DataType:
        """The engine's type of a column, able to be NULL unless it is required."""

    def rows_of(self, values: exp.Values, names: Sequence[str]) -> exp.Query:
        """A query of the rows that stand behind `INSERT INTO`."""
        return rewriting.one_by_one(values)

    @abstractmethod
    def part(self, schema: str, name: str) -> exp.Table:
        """A part to read from; those of the schema `""` end with the connection."""

    @abstractmethod
    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        """Makes a part of the rows of a query; `columns` is empty where only the query knows."""

    @abstractmethod
    def append_to_part(self, schema: str, name: str, query: exp.Query) -> None:
        """Adds rows to a part that this transaction has made."""

    @abstractmethod
    def drop_part(self, schema: str, name: str) -> None:
        """Removes a part, if it is there."""

    @abstractmethod
    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of a part that was made of a query; their types are not needed."""

    @abstractmethod
    def parts_of(self, schema: str) -> list[str]:
        """The names of all parts in a schema."""

    @abstractmethod
    def head(self, schema: str) -> Manifest:
        """The manifest that was published last."""

    @abstractmethod
    def publish(self, schema: str, manifest: Manifest) -> bool:
        """Publishes a manifest; false, and nothing done, where there is one of its number."""

    def expose(self, schema: str, manifest: Manifest, gone: Iterable[str]) -> None:
        """Lets people read the tables by their names, and those that are gone no more."""

    # ------------------------------------------------------------ transactions

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """All or nothing, as the module says."""
        self._manifests.clear()
        self._drafts = {}
        before = frozenset(self._session)
        publishing = False
        try:
            yield
            if keep:
                drafts, publishing = self._drafts, True
                for schema, draft in drafts.items():
                    self._commit(schema, draft)
        except BaseException as error:
            # Once a manifest may be out, its parts stay: a later run knows which it names.
            if not publishing:
                overtaken = isinstance(error, Exception) and self._is_overtaken()
                self._discard(before)
                if overtaken:
                    raise _overtaken() from None
            raise
        else:
            if not keep:
                self._discard(before)
        finally:
            self._drafts = None
            self._own.clear()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Of a store: the parts that one manifest names, which nobody changes any more."""
        self._manifests.clear()
        yield

    def _commit(self, schema: str, draft: Manifest) -> None:
        base = self._published(schema)
        manifest = replace(draft, number=base.number + 1)
        if not self.publish(schema, manifest):
            self._discard(frozenset(self._session))
            raise _overtaken()
        self._manifests[schema] = manifest
        self.expose(schema, manifest, base.tables.keys() - manifest.tables.keys())
        # What is read by somebody else at this moment is of the manifest before.
        wanted = base.parts | manifest.parts
        for part in self.parts_of(schema):
            if part not in wanted and born_at(part) < base.number:
                self.drop_part(schema, part)

    def _is_overtaken(self) -> bool:
        """Whether another run has finished: it may have swept away what this one was reading."""
        known = [(schema, manifest.number) for schema, manifest in self._manifests.items()]
        try:
            return any(self.head(schema).number > number for schema, number in known)
        except Exception:
            return False

    def _discard(self, before: frozenset[str]) -> None:
        """Drops the parts and the temporary tables that this transaction made."""
        for name in self._session.keys() - before:
            for part in self._session.pop(name).parts:
                self._drop_quietly(_SESSION, part)
        for schema in self._drafts or {}:
            for part in sorted(self._own):
                self._drop_quietly(schema, part)

    def _drop_quietly(self, schema: str, part: str) -> None:
        # After a lost connection nothing can be dropped, and the first error matters.
        try:
            self.drop_part(schema, part)
        except Exception:
            return

    def lock(self, name: str) -> None:
        """Nothing to do: of two runs at once, the second one to publish is refused."""

    # -------------------------------------------------------------- statements

    def store_table(self, schema: str, name: str) -> exp.Table:
        """A table of a store: a name, in whose place its parts are put."""
        return _marked(schema, name)

    def temporary_table(self, name: str) -> exp.Table:
        """A table of this connection alone."""
        return _marked(_SESSION, name)

    def has_table(self, table: exp.Table) -> bool:
        """Whether a table of a store is there."""
        return table.meta[_NAME] in self._tables(table.meta[_HOME])

    def fetch(self, statement: exp.Expr) -> list[Row]:
        """The rows of a query."""
        return self.execute_text(self.text(self.placed(statement)))

    def execute(self, statement: exp.Expr) -> None:
        """Runs a statement for its effect: on tables of a store, by writing parts."""
        table = statement.find(exp.Table)
        if table is None or _HOME not in table.meta:
            self.execute_text(self.text(self.placed(statement)))
            return
        schema, name = table.meta[_HOME], table.meta[_NAME]
        match statement:
            case exp.Create():
                self._create(schema, name, statement)
            case exp.Drop():
                self._drop(schema, name)
            case exp.Insert():
                self._insert(schema, name, statement)
            case exp.Alter():
                self._alter(schema, name, statement)
            case exp.Update() | exp.Delete() if not self._tables(schema)[name].parts:
                return
            case exp.Update():
                kept = self._tables(schema)[name]
                rows = rewriting.updated(statement, table.copy(), kept.columns)
                self._replace(schema, name, rows)
            case exp.Delete() if statement.args.get("where") is None:
                self._put(schema, name, Kept(self._tables(schema)[name].columns))
            case exp.Delete():
                self._delete(schema, name, statement)
            case _:
                raise AssertionError(f"a store is not changed by {statement.key}")

    def placed(self, statement: exp.Expr) -> exp.Expr:
        """The statement with parts in place of the tables of a store.

        A query that was compiled says `segue.scores` and knows of no parts.
        """

        def place(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Table):
                return node
            if _HOME in node.meta:
                schema, name = node.meta[_HOME], node.meta[_NAME]
            elif node.db in self._manifests and node.name in self._tables(node.db):
                schema, name = node.db, node.name
            else:
                return node
            return self._relation(schema, self._tables(schema)[name], node.alias_or_name)

        return statement.transform(place)

    def _relation(self, schema: str, table: Kept, alias: str) -> exp.Expr:
        if table.erased:
            rows: exp.Query = erasing.left(table, lambda part: self.part(schema, part))
        elif len(table.parts) == 1:
            return exp.alias_(self.part(schema, table.parts[0]), alias, table=True, quoted=True)
        elif table.parts:
            parts = [self.part(schema, part) for part in table.parts]
            rows = rewriting.everything(parts)
        else:
            rows = rewriting.nothing(table.columns, self.typed)
        return rows.subquery(exp.to_identifier(alias, quoted=True), copy=False)

    # ------------------------------------------------------------------ tables

    def _create(self, schema: str, name: str, create: exp.Create) -> None:
        query = create.expression
        if query is None:
            if name not in self._tables(schema):
                self._put(schema, name, Kept(rewriting.columns_of(create)))
            return
        part = self._new_part(schema, name)
        self.write_part(schema, part, self._query(query), ())
        columns = rewriting.named_columns(query) or self.part_columns(schema, part)
        self._put(schema, name, Kept(columns, (part,)))

    def _drop(self, schema: str, name: str) -> None:
        if schema == _SESSION:
            for part in self._session.pop(name, Kept(())).parts:
                self.drop_part(schema, part)
        elif name in (tables := self._tables(schema)):
            self._drop_own(schema, tables.pop(name))
            self._draft(schema, tables)

    def _drop_own(self, schema: str, table: Kept) -> None:
        """Drops the parts of a table that this transaction made, and that nothing names now."""
        for part in table.all_parts:
            if part in self._own or schema == _SESSION:
                self.drop_part(schema, part)
                self._own.discard(part)

    def _alter(self, schema: str, name: str, alter: exp.Alter) -> None:
        kept = self._tables(schema)[name]
        added = rewriting.added_column(alter)
        if kept.parts:
            old = [exp.alias_(exp.column(c.name), c.name) for c in kept.columns]
            new = exp.alias_(exp.cast(exp.null(), self.typed(added)), added.name)
            rows = exp.select(*old, new).from_(_marked(schema, name))
            self._replace(schema, name, rows, (*kept.columns, added))
        else:
            self._put(schema, name, Kept((*kept.columns, added)))

    def _insert(self, schema: str, name: str, insert: exp.Insert) -> None:
        kept = self._tables(schema)[name]
        rows = rewriting.inserted(insert, kept.columns, self.typed, self.rows_of)
        last = kept.parts[-1] if kept.parts else ""
        whole = all(gone.before < len(kept.parts) for gone in kept.erased)
        if (last in self._own and whole) or (kept.parts and schema == _SESSION):
            self.append_to_part(schema, last, self._query(rows))
            return
        if len(kept.parts) >= MOST_PARTS:
            names = [column.name for column in kept.columns]
            rows = exp.union(exp.select(*names).from_(_marked(schema, name)), rows, distinct=False)
            self._replace(schema, name, rows)
            return
        part = self._new_part(schema, name)
        self.write_part(schema, part, self._query(rows), _typed(kept.columns))
        self._put(schema, name, replace(kept, parts=(*kept.parts, part)))

    def _delete(self, schema: str, name: str, delete: exp.Delete) -> None:
        """Takes rows out of a table; or says only which ones, as long as these are few."""
        kept = self._tables(schema)[name]
        found = erasing.found_by(delete, kept.columns) if name in self.erases else None
        if found is None or schema == _SESSION or self._many_are_gone(schema, kept):
            rows = rewriting.remaining(delete, _marked(schema, name), kept.columns)
            self._replace(schema, name, rows)
            return
        query, names = found
        columns = tuple(column for column in kept.columns if column.name in names)
        query = exp.select(*(column.name for column in columns)).from_(query.subquery("gone"))
        part = self._new_part(schema, f"{name}_gone")
        self.write_part(schema, part, self._query(query), _typed(columns))
        if not self._count_rows(schema, [part]):
            self.drop_part(schema, part)
            self._own.discard(part)
            return
        gone = Erased(part, tuple(column.name for column in columns), len(kept.parts))
        self._put(schema, name, replace(kept, erased=(*kept.erased, gone)))

    def _many_are_gone(self, schema: str, table: Kept) -> bool:
        """Whether it is time to take out of a table what is gone."""
        if not table.erased:
            return False
        if len(table.erased) >= MOST_PARTS:
            return True
        gone = self._count_rows(schema, [erased.part for erased in table.erased])
        return gone > self._count_rows(schema, table.parts) * MOST_GONE

    def _count_rows(self, schema: str, parts: Iterable[str]) -> int:
        count = exp.select(exp.Count(this=exp.Star()))
        counts = [count.from_(self.part(schema, part)) for part in parts]
        return sum(int(self.execute_text(self.text(one))[0][0]) for one in counts)

    def _replace(
        self, schema: str, name: str, rows: exp.Query, columns: tuple[Column, ...] | None = None
    ) -> None:
        """Writes a table anew."""
        kept = self._tables(schema)[name]
        columns = kept.columns if columns is None else columns
        part = self._new_part(schema, name)
        if typed := _typed(columns):
            rows = rewriting.cast_to(rows, typed, self.typed)
        self.write_part(schema, part, self._query(rows), typed)
        self._put(schema, name, Kept(columns, (part,)))
        self._drop_own(schema, kept)

    def _query(self, tree: exp.Expr) -> exp.Query:
        query = self.placed(tree)
        assert isinstance(query, exp.Query)
        return query

    def _new_part(self, schema: str, name: str) -> str:
        self._count += 1
        base = self._published(schema).number if schema != _SESSION else 0
        part = part_name(name, base, f"{self._token}{self._count}")
        if schema != _SESSION:
            self._own.add(part)
        return part

    def _tables(self, schema: str) -> dict[str, Kept]:
        if schema == _SESSION:
            return self._session
        if self._drafts is not None and schema in self._drafts:
            return dict(self._drafts[schema].tables)
        return dict(self._published(schema).tables)

    def _put(self, schema: str, name: str, table: Kept) -> None:
        if schema == _SESSION:
            self._session[name] = table
            return
        self._draft(schema, {**self._tables(schema), name: table})

    def _draft(self, schema: str, tables: Mapping[str, Kept]) -> None:
        """What the schema will hold."""
        assert self._drafts is not None, "a store is changed in a transaction"
        draft = self._drafts.get(schema, self._published(schema))
        self._drafts[schema] = replace(draft, tables=tables)

    def _published(self, schema: str) -> Manifest:
        """The manifest that this connection reads by: the same one until it writes."""
        if schema not in self._manifests:
            self._manifests[schema] = self.head(schema)
        return self._manifests[schema]


def _typed(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns of a table, none where only the query it was made of knows their types."""
    return columns if all(column.type for column in columns) else ()


def parts_named(names: Iterable[str]) -> list[str]:
    """Those of the names that are of parts."""
    return [name for name in names if _is_part(name)]


def _is_part(name: str) -> bool:
    table, _, rest = name.rpartition("__")
    number, _, token = rest.partition("_")
    return bool(table) and number.isdigit() and token.isalnum()


def _marked(schema: str, name: str) -> exp.Table:
    table = exp.Table(this=exp.to_identifier(name, quoted=True))
    # Kept apart, for a dialect may write names in its own way.
    table.meta[_HOME], table.meta[_NAME] = schema, name
    return table


def _overtaken() -> Refusal:
    return Refusal(
        "another run has finished while this one was at work; nothing was written",
        "run again: it continues from where the other one ended",
    )
