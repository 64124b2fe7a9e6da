"""Parts that are tables of a schema, which people read through views."""

from abc import abstractmethod
from collections.abc import Iterable

from sqlglot import exp

from segue.runtime.warehouse.parts.keeper import PartsWarehouse, parts_named
from segue.runtime.warehouse.parts.manifest import Kept, Manifest, born_at
from segue.runtime.warehouse.parts.rewriting import dropped

UNSEEN = "kept_"
"""How tables begin that are there for runs alone, and have no view."""
RUNS_WITH_A_NEW_VIEW = 5
"""How many runs make the view of a table anew, from the one on that has changed it."""


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
        """Makes a view for each table that changed lately, and drops those of tables that are gone.

        Those that were there for a while have been made by each of several runs: one that is
        killed right here leaves some to the next, and never to all of them.
        """
        for name in gone:
            if _is_seen(name):
                self.drop_view(schema, name)
        for name, table in manifest.tables.items():
            if not _is_seen(name) or _age(table, manifest) > RUNS_WITH_A_NEW_VIEW:
                continue
            relation = self._relation(schema, table, name)
            columns = [exp.alias_(exp.column(c.name), c.name) for c in table.columns]
            view = exp.Create(
                this=self.part(schema, name),
                kind="VIEW",
                replace=True,
                expression=exp.select(*columns).from_(relation),
            )
            self.execute_text(self.text(view))


def _is_seen(name: str) -> bool:
    return not name.startswith(UNSEEN)


def _age(table: Kept, manifest: Manifest) -> int:
    """How many commits ago a table became what it is; 1 is with this one, 0 is not known."""
    return min((manifest.number - born_at(part) for part in table.all_parts), default=0)
