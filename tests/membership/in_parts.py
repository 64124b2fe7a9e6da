"""DuckDB as if it had no transactions: each statement is for good, and a store is kept in parts."""

from collections.abc import Iterable
from typing import ClassVar

import duckdb
from sqlglot import exp

from segue.runtime.warehouse.failures import failure
from segue.runtime.warehouse.parts.keeper import PartsWarehouse, parts_named
from segue.runtime.warehouse.parts.manifest import Column, Manifest, read_manifest
from segue.runtime.warehouse.parts.rewriting import dropped
from segue.runtime.warehouse.warehouse import Row


class PartsOfDuckDB(PartsWarehouse):
    dialect: ClassVar[str] = "duckdb"
    incremental: ClassVar[bool] = True

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

    def append_to_part(self, schema: str, name: str, query: exp.Query) -> None:
        self.execute_text(self.text(exp.Insert(this=self.part(schema, name), expression=query)))

    def drop_part(self, schema: str, name: str) -> None:
        self.execute_text(self.text(dropped(self.part(schema, name))))

    def part_columns(self, schema: str, name: str) -> tuple[Column, ...]:
        self.execute_text(self.text(exp.select("*").from_(self.part(schema, name)).limit(0)))
        return tuple(Column(found[0], "") for found in self.connection.description or ())

    def parts_of(self, schema: str) -> list[str]:
        return parts_named(self._names(schema))

    def _names(self, schema: str) -> list[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
        return [row[0] for row in self.connection.execute(query, [schema]).fetchall()]

    def _numbers(self, schema: str) -> list[int]:
        return [
            int(name.removeprefix("manifest_"))
            for name in self._names(schema)
            if name.startswith("manifest_")
        ]

    def head(self, schema: str) -> Manifest:
        number = max(self._numbers(schema), default=0)
        if not number:
            return Manifest()
        query = exp.select("body").from_(self.part(schema, f"manifest_{number}"))
        return read_manifest(self.execute_text(self.text(query))[0][0])

    def publish(self, schema: str, manifest: Manifest) -> bool:
        if max(self._numbers(schema), default=0) >= manifest.number:
            return False
        body = exp.select(exp.alias_(exp.Literal.string(manifest.to_text()), "body"))
        table = self.part(schema, f"manifest_{manifest.number}")
        self.execute_text(self.text(exp.Create(this=table, kind="TABLE", expression=body)))
        return True

    def expose(self, schema: str, manifest: Manifest, gone: Iterable[str]) -> None:
        for name in gone:
            self.execute_text(self.text(dropped(self.part(schema, name), "VIEW")))
        for name, table in manifest.tables.items():
            rows = exp.select("*").from_(self._relation(schema, table, name))
            view = self.part(schema, name)
            self.execute_text(
                self.text(exp.Create(this=view, kind="VIEW", replace=True, expression=rows))
            )
