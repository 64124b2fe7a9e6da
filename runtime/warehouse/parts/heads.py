"""Manifests that are one row of a table, which a run replaces if it still is the one it began with.

The update is a single statement, of which the engine lets one at a time change the row.
"""

from abc import abstractmethod

from sqlglot import exp

from segue.runtime.warehouse.parts.manifest import Manifest, read_manifest
from segue.runtime.warehouse.parts.tables import TablesWarehouse

HEAD = "head"


class HeadWarehouse(TablesWarehouse):
    """See the module. An engine says how many rows an update has changed."""

    @abstractmethod
    def changed(self, update: exp.Update) -> int:
        """Runs an update; how many rows it changed, none where another one came before it."""

    def head(self, schema: str) -> Manifest:
        """What the one row of the table `head` holds."""
        if HEAD not in self.names(schema):
            return Manifest()
        query = exp.select("body").from_(self.part(schema, HEAD))
        body = self.execute_text(self.text(query))[0][0]
        return read_manifest(body) if body else Manifest()

    def publish(self, schema: str, manifest: Manifest) -> bool:
        """Updates the row, if it is still that of the manifest before."""
        if HEAD not in self.names(schema):
            self._make_head(schema)
        update = exp.update(
            self.part(schema, HEAD),
            {"number": manifest.number, "body": manifest.to_text()},
            where=exp.column("number").eq(manifest.number - 1),
        )
        return self.changed(update) == 1

    def _make_head(self, schema: str) -> None:
        first = exp.select(
            exp.alias_(exp.cast(exp.Literal.number(0), "BIGINT"), "number"),
            exp.alias_(exp.cast(exp.Literal.string(""), "TEXT"), "body"),
        )
        table = self.part(schema, HEAD)
        create = exp.Create(this=table, kind="TABLE", exists=True, expression=first)
        self.execute_text(self.text(create))
