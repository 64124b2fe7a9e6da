"""What stands in for temporary tables on engines that have none: tables in the schema of a store.

Their names say the day that their connection was opened, so that those of one that was killed are
swept away by runs of later days.
"""

import time
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import ClassVar

from sqlglot import exp

from segue.runtime.warehouse.parts import rewriting
from segue.runtime.warehouse.parts.manifest import Column, Manifest
from segue.runtime.warehouse.parts.views import ViewsWarehouse
from segue.runtime.warehouse.warehouse import Row

OLD_DAYS = 2
"""A connection is not open for so many days."""
_SCRATCH = "scratch_"
_DAY = 86_400


class ScratchWarehouse(ViewsWarehouse):
    """See the module. An engine says how a statement is run, and which schemas it has."""

    rows_a_statement: ClassVar[int] = 5_000

    def __init__(self, scratch: str, catalog: str = "") -> None:
        """`scratch` is the schema of the working tables; `catalog` holds it and all stores."""
        super().__init__()
        self._catalog = catalog
        self._scratch = scratch
        self._scratch_is_there = False
        self._today = int(time.time()) // _DAY

    @abstractmethod
    def run(self, text: str) -> tuple[list[Row], tuple[str, ...]]:
        """The rows of a statement, and the names of their columns."""

    @abstractmethod
    def has_schema(self, schema: str) -> bool:
        """Whether there is a schema of this name."""

    def execute_text(self, text: str) -> list[Row]:
        """Runs one statement; the rows it gives, if any."""
        return self.run(text)[0]

    def close(self) -> None:
        """Drops the working tables of this connection."""
        for name in list(self._session):
            with suppress(Exception):
                self._drop("", name)

    def create_schema(self, schema: str) -> None:
        """Makes a schema, unless it is there: who may not make one may have one."""
        if not self.has_schema(schema):
            name = self._address("", schema)
            self.execute_text(self.text(exp.Create(this=name, kind="SCHEMA", exists=True)))

    # ------------------------------------------------------------------- parts

    def part(self, schema: str, name: str) -> exp.Table:
        """A table of the schema, or a working table."""
        if schema:
            return self._address(name, schema)
        return self._address(f"{_SCRATCH}{self._today}_{name}", self._scratch)

    def _address(self, name: str, schema: str) -> exp.Table:
        parts = {"this": name, "db": schema, "catalog": self._catalog}
        quoted = {
            kind: exp.to_identifier(part, quoted=True) for kind, part in parts.items() if part
        }
        return exp.Table(**quoted)

    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        """Makes a table of a query."""
        if not schema and not self._scratch_is_there:
            self.create_schema(self._scratch)
            self._scratch_is_there = True
        create = exp.Create(this=self.part(schema, name), kind="TABLE", expression=query)
        self.execute_text(self.text(create))

    def rows_of(self, values: exp.Values, names: Sequence[str]) -> exp.Query:
        """Rows of values, as a table in FROM."""
        return rewriting.in_from(values, names)

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        """The columns of a table."""
        query = exp.select("*").from_(self.part(schema, name)).limit(0)
        return tuple(Column(found, "") for found in self.run(self.text(query))[1])

    def parts_of(self, schema: str) -> list[str]:
        """The tables of the schema that are parts."""
        return [name for name in super().parts_of(schema) if not name.startswith(_SCRATCH)]

    def expose(self, schema: str, manifest: Manifest, gone: Iterable[str]) -> None:
        """Makes a view for each table, and drops the working tables of days ago."""
        super().expose(schema, manifest, gone)
        for name in self.names(self._scratch):
            day = name.removeprefix(_SCRATCH).partition("_")[0]
            old = day.isdigit() and int(day) <= self._today - OLD_DAYS
            if name.startswith(_SCRATCH) and old:
                self.drop_part(self._scratch, name)
