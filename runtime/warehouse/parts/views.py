"""Manifests that are views.

The name of a new view is taken by one and refused to all others: so a manifest is published as
the text of the view of its number.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar

from sqlglot import exp

from segue.runtime.warehouse.parts.manifest import Manifest, read_manifest
from segue.runtime.warehouse.parts.tables import TablesWarehouse

OLD_MANIFESTS = 50
"""A run that began so many commits ago would no longer notice that it was overtaken."""
_MANIFEST = "manifest_"


class ViewsWarehouse(TablesWarehouse):
    """See the module. An engine says how it refuses a name."""

    taken: ClassVar[str]
    """What the engine says, among other things, of a name that somebody else has taken."""

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
        super().expose(schema, manifest, gone)
        for number in self._numbers(schema):
            if number <= manifest.number - OLD_MANIFESTS:
                with suppress(Exception):
                    self.drop_view(schema, f"{_MANIFEST}{number}")

    def _numbers(self, schema: str) -> list[int]:
        suffixes = [
            name.removeprefix(_MANIFEST)
            for name in self.names(schema)
            if name.startswith(_MANIFEST)
        ]
        return [int(suffix) for suffix in suffixes if suffix.isdigit()]
