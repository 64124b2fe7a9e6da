"""The places of kept tables that come and go with the rules: numbers, and which are in use.

A run makes the tables that it lacks before it writes its first row, for on some engines that ends
the transaction. They are at places that are in use by nobody, and only at its end a run writes
which places count: one that fails leaves what was there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from segue.runtime.incremental.kept import read_places
from segue.runtime.membership.store import Store

BASE, TILES, TRAITS = "kept_base", "kept_tiles", "kept_traits"
"""A place is that of a base and its tiles, or that of traits."""


def placed_table(store: Store, name: str, place: int) -> exp.Table:
    """A table of a place."""
    return store.table(f"{name}_{place}")


@dataclass
class Places:
    """Those of a store. `taken` are the ones that have tables."""

    store: Store
    taken: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.taken = read_places(self.store)

    def new(self) -> int:
        """A place without tables, which is taken from now on."""
        place = 0
        while place in self.taken or self._is_left(place):
            self.taken.add(place)
            place += 1
        self.taken.add(place)
        return place

    def drop_all_but(self, used: Collection[int]) -> None:
        """Drops the tables of the other places."""
        for place in sorted(self.taken.difference(used)):
            for table in self._tables(place):
                self.store.warehouse.execute(exp.Drop(tables=[table], kind="TABLE", exists=True))

    def _is_left(self, place: int) -> bool:
        """Whether a run that was killed has left tables there, of which nobody knows."""
        return any(map(self.store.warehouse.has_table, self._tables(place)))

    def _tables(self, place: int) -> list[exp.Table]:
        return [placed_table(self.store, name, place) for name in (BASE, TILES, TRAITS)]


def create_table(store: Store, table: exp.Table, types: Mapping[str, str]) -> None:
    """Makes an empty table with columns of these types."""
    columns = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type))
        for name, type in types.items()
    ]
    schema = exp.Schema(this=table, expressions=columns)
    store.warehouse.execute(exp.Create(this=schema, kind="TABLE"))
