"""Parts that are tables of a schema, which people read through views."""

from abc import abstractmethod
from collections.abc import Iterable

from sqlglot import exp

from segue.runtime.warehouse.parts.keeper import PartsWarehouse, parts_named
from segue.runtime.warehouse.parts.manifest import Manifest
from segue.runtime.warehouse.parts.rewriting import dropped


class TablesWarehouse(PartsWarehouse):
    """See the module. An engine says which names a schema has."""

    @abstractmethod
    def names(self, schema: str) -> list[str]:
        """All tables and views of a schema; none where there is no such schema."""

    def part(self, schema: str, name: str) -> exp.Table:
        """A table of the schema, or a temporary one."""
        return exp.Table(
            this=exp.to_identifier(name, quoted=True),
            db=exp.to_identifier(schema, quoted=True) if schema else None,
        )

    def append_to_part(self, schema: str, name: str, query: exp.Query) -> None:
        """Adds rows to a table."""
        self.execute_text(self.text(exp.Insert(this=self.part(schema, name), expression=query)))

    def drop_part(self, schema: str, name: str) -> None:
        """Drops a table, if it is there."""
        self.execute_text(self.text(dropped(self.part(schema, name))))

    def drop_view(self, schema: str, name: str) -> None:
        """Drops a view, if it is there."""
        self.execute_text(self.text(dropped(self.part(schema, name), "VIEW")))

    def parts_of(self, schema: str) -> list[str]:
        """The tables of the schema that are parts."""
        return parts_named(self.names(schema))

    def expose(self, schema: str, manifest: Manifest, gone: Iterable[str]) -> None:
        """Makes a view for each table, and drops those of tables that are gone."""
        for name in gone:
            self.drop_view(schema, name)
        for name, table in manifest.tables.items():
            relation = self._relation(schema, table, name)
            columns = [exp.alias_(exp.column(c.name), c.name) for c in table.columns]
            view = exp.Create(
                this=self.part(schema, name),
                kind="VIEW",
                replace=True,
                expression=exp.select(*columns).from_(relation),
            )
            self.execute_text(self.text(view))
