"""What Segue is compared with: each computes the segments of everybody, and refreshes a store."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from sqlglot import exp

from benchmarks.refresh.peers.clickhouse import ClickHouse
from benchmarks.refresh.peers.duckdb import DuckDB
from benchmarks.refresh.peers.idiom import Idiom
from benchmarks.refresh.peers.postgres import Postgres
from benchmarks.refresh.workload import LONGEST, Segment, before, measures_of
from segue.runtime.warehouse.warehouse import Warehouse

IDIOMS: dict[str, Idiom] = {idiom.name: idiom for idiom in (DuckDB(), ClickHouse(), Postgres())}


class Peer(ABC):
    """SQL without Segue, with a store of its own."""

    title: ClassVar[str]
    schema: ClassVar[str]
    key: ClassVar[str] = "customer_id"

    def __init__(self, warehouse: Warehouse, segments: Sequence[Segment]) -> None:
        self.warehouse = warehouse
        self.segments = segments
        self.measures = measures_of(segments)
        self.idiom = IDIOMS[warehouse.dialect]

    def table(self, name: str) -> exp.Table:
        """A table of its store."""
        return exp.to_table(f"{self.schema}.{name}")

    def prepare(self, first: datetime) -> None:
        """Makes the store, whose first refresh is as of `first`."""
        self.run(self.idiom.store(self.schema))

    @abstractmethod
    def compute(self, as_of: datetime) -> None:
        """Computes who is in which segment, into a working table."""

    @abstractmethod
    def refresh(self, as_of: datetime) -> None:
        """Computes the same, compares it with the store, and writes what is different."""

    def run(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self.warehouse.execute_text(statement)

    def run_together(self, statements: Sequence[str]) -> None:
        """In one transaction, where the engine has them."""
        if self.idiom.transactions:
            statements = ["BEGIN", *statements, "COMMIT"]
        self.run(statements)


class Separately(Peer):
    """A query for each segment, with a sub-query for each condition: what people have."""

    title = "a query for each segment"
    schema = "separately"

    def compute(self, as_of: datetime) -> None:
        first, *others = [
            f"SELECT '{segment.name}' AS segment, customer_id "
            f"FROM ({self.idiom.separate(segment, as_of)}) AS t"
            for segment in self.segments
        ]
        self.run(self.idiom.temporary("found", first))
        self.run(f"INSERT INTO found {query}" for query in others)

    def refresh(self, as_of: datetime) -> None:
        self.compute(as_of)
        moves = self.idiom.moves_of_rows(self.schema)
        self.run_together([*moves, *self.idiom.written(self.schema, as_of)])


class ByHand(Peer):
    """All segments in one pass over the events, with an aggregate for each number."""

    title = "by hand, in one pass"
    schema = "by_hand"

    def totals(self, as_of: datetime) -> str:
        """The query for the numbers of each customer."""
        return self.idiom.totals(self.measures, as_of)

    def compute(self, as_of: datetime) -> None:
        flags = self.idiom.flags(self.segments, self.totals(as_of), as_of)
        self.run(self.idiom.temporary("flags", flags))

    def refresh(self, as_of: datetime) -> None:
        self.compute(as_of)
        idiom, schema = self.idiom, self.schema
        self.run_together(
            [
                *idiom.changes(schema),
                *idiom.moves(schema),
                *idiom.written(schema, as_of),
                *idiom.kept(schema),
            ]
        )


class ByTiles(ByHand):
    """By hand and incremental, as one writes it with dbt: each day's numbers are kept, and those of
    the last 90 days added up. It sees no event that comes late."""

    title = "by hand, from daily tiles"
    schema = "by_tiles"

    def prepare(self, first: datetime) -> None:
        super().prepare(first)
        older = self.idiom.tile_of_days(before(first, 1), LONGEST)
        self.run([self.idiom.tiles(self.schema, older)])

    def totals(self, as_of: datetime) -> str:
        return self.idiom.totals_of_tiles(self.schema, self.measures, as_of)

    def refresh(self, as_of: datetime) -> None:
        self.run([f"INSERT INTO {self.schema}.tiles {self.idiom.tile_of_days(as_of, 1)}"])
        super().refresh(as_of)


PEERS = (Separately, ByHand, ByTiles)
