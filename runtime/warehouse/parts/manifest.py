"""Which parts a table is made of: the one thing that a commit replaces.

A part is a table (or folder) of the engine that is written once and then only read. A table of a
store is the rows of its parts; a manifest names the parts of all tables, and has a number that
grows by one with each commit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a store: `type` as its statements write it, `required` for NOT NULL."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """A part that says which rows are gone: those of the first `before` parts of a table that are
    as one of its rows in some columns."""

    part: str
    columns: tuple[str, ...]
    before: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A table: its columns, in order, its parts, and what is gone of them."""

    columns: tuple[Column, ...]
    parts: tuple[str, ...] = ()
    erased: tuple[Erased, ...] = ()

    @property
    def all_parts(self) -> tuple[str, ...]:
        """Those with its rows, and those that say which of them are gone."""
        return (*self.parts, *(erased.part for erased in self.erased))


@dataclass(frozen=True, slots=True)
class Manifest:
    """All tables of one schema after commit number `number`; 0 is before the first."""

    number: int = 0
    tables: Mapping[str, Kept] = field(default_factory=dict)

    @property
    def parts(self) -> frozenset[str]:
        """Every part that it names."""
        return frozenset(part for table in self.tables.values() for part in table.all_parts)

    def to_text(self) -> str:
        """As JSON."""
        tables = {
            name: {
                "columns": [[c.name, c.type, c.required] for c in table.columns],
                "parts": list(table.parts),
                "erased": [[gone.part, gone.columns, gone.before] for gone in table.erased],
            }
            for name, table in self.tables.items()
        }
        return json.dumps({"number": self.number, "tables": tables}, separators=(",", ":"))


def read_manifest(text: str) -> Manifest:
    """The manifest that `to_text` wrote."""
    data: dict[str, Any] = json.loads(text)
    tables = {
        name: Kept(
            tuple(Column(*column) for column in table["columns"]),
            tuple(table["parts"]),
            tuple(
                Erased(part, tuple(columns), before)
                for part, columns, before in table.get("erased", ())
            ),
        )
        for name, table in data["tables"].items()
    }
    return Manifest(data["number"], tables)


def born_at(part: str) -> int:
    """The number of the manifest that the transaction which wrote a part began with."""
    return int(part.rpartition("_")[0].rpartition("_")[2])


def part_name(table: str, base: int, token: str) -> str:
    """A name that no other transaction gives: `token` is of one, and made of letters and digits."""
    return f"{table}__{base}_{token}"
