"""Parts that are tables, and manifests that are views.

The name of a new view is taken by one and refused to all others: so a manifest is published as
the text of the view of its number.
"""

from abc import abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar

from sqlglot import exp

from segue.runtime.warehouse.parts.keeper import PartsWarehouse, parts_named
from segue.runtime.warehouse.parts.manifest import Manifest, read_manifest
from segue.runtime.warehouse.parts.rewriting import dropped

OLD_MANIFESTS = 50
"""A run that began so many commits ago would no longer notice that it was overtaken."""
_MANIFEST = "manifest_"


class ViewsWarehouse(PartsWarehouse):
    """See the module. An engine says which names a schema has."""

    taken: ClassVar[str]
    """What the engine says, among other things, of a name that somebody else has taken."""

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

    def parts_of(self, schema: str) -> list[str]:
        """The tables of the schema that are parts."""
        return parts_named(self.names(schema))

    def head(self, schema: str) -> Manifest:
        """The manifest with the greatest number."""
        number = max(self._numbers(schema), default=0)
        if not number:
            return Manifest()
        query = exp.select("manifest").from_(self.part(schema, f"{_MANIFEST}{number}"))
        return read_manifest(self.execute_text(self.text(query))[0][0])

    def publish(self, schema: str, manifest: Manifest) -> bool:
        """Makes the view of this number, which only one run can."""
        if any(number >= manifest.number for number in self._numbers(schema)):
            return False
        query = exp.select(exp.alias_(exp.Literal.string(manifest.to_text()), "manifest"))
        view = self.part(schema, f"{_MANIFEST}{manifest.number}")
        try:
            self.execute_text(self.text(exp.Create(this=view, kind="VIEW", expression=query)))
        except Exception as error:
            if self.taken in str(error):
                return False
            raise
        return True

    def expose(self, schema: str, manifest: Manifest, gone: Iterable[str]) -> None:
        """Makes a view for each table, and forgets manifests of long ago."""
        for name in gone:
            self.execute_text(self.text(dropped(self.part(schema, name), "VIEW")))
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
        for number in self._numbers(schema):
            if number <= manifest.number - OLD_MANIFESTS:
                old = dropped(self.part(schema, f"{_MANIFEST}{number}"), "VIEW")
                with suppress(Exception):
                    self.execute_text(self.text(old))

    def _numbers(self, schema: str) -> list[int]:
        suffixes = [
            name.removeprefix(_MANIFEST)
            for name in self.names(schema)
            if name.startswith(_MANIFEST)
        ]
        return [int(suffix) for suffix in suffixes if suffix.isdigit()]
