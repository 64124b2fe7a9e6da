"""DuckDB as if it had no transactions: each statement is for good, and a store is kept in parts."""

from typing import ClassVar

import duckdb
from sqlglot import exp

from segue.runtime.warehouse.failures import failure
from segue.runtime.warehouse.parts.manifest import Column
from segue.runtime.warehouse.parts.views import ViewsWarehouse
from segue.runtime.warehouse.warehouse import Row


class PartsOfDuckDB(ViewsWarehouse):
    dialect: ClassVar[str] = "duckdb"
    taken: ClassVar[str] = "already exists"
    incremental: ClassVar[bool] = True
    erases: ClassVar[frozenset[str]] = frozenset({"members"})

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__()
        self.connection = connection
        self.statements: list[str] = []

    def close(self) -> None:
        self.connection.close()

    def execute_text(self, text: str) -> list[Row]:
        assert text not in ("BEGIN", "COMMIT", "ROLLBACK")
        self.statements.append(text)
        try:
            return self.connection.execute(text).fetchall()
        except duckdb.Error as error:
            raise failure(error) from error

    def typed(self, column: Column) -> exp.DataType:
        return exp.DataType.build(column.type)

    def part(self, schema: str, name: str) -> exp.Table:
        database = exp.to_identifier(schema or "temp", quoted=True)
        return exp.Table(this=exp.to_identifier(name, quoted=True), db=database)

    def write_part(
        self, schema: str, name: str, query: exp.Query, columns: tuple[Column, ...]
    ) -> None:
        create = exp.Create(this=self.part(schema, name), kind="TABLE", expression=query)
        if not schema:
            create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
        self.execute_text(self.text(create))

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        self.execute_text(self.text(exp.select("*").from_(self.part(schema, name)).limit(0)))
        return tuple(Column(found[0], "") for found in self.connection.description or ())

    def names(self, schema: str) -> list[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
        return [row[0] for row in self.connection.execute(query, [schema]).fetchall()]


class GatheringParts(PartsOfDuckDB):
    """As an engine for which to read a few days of a table costs as much as to read all of it."""

    gathers_strips: ClassVar[bool] = True
