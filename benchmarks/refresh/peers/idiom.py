"""SQL as somebody writes it who knows an engine: what is common, and what each engine says itself.

A store of a peer has the tables of Segue's that matter: `members` (who is in which segment, since
when) and `history` (each entry and exit). Beside them is `state`, the segments of each customer as
an array: customers are compared by it, and only the segments of those that differ become rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

from benchmarks.refresh.workload import (
    LONGEST,
    OLD,
    Measure,
    Segment,
    Test,
    before,
    pool,
)

FUNCTIONS = {"count": ("COUNT", "1"), "sum": ("SUM", "amount"), "last": ("MAX", "happened_at")}
TILED = [measure for measure in pool() if measure.days == LONGEST]
"""What a tile holds; how many days are asked for matters only when tiles are added up."""


class Idiom(ABC):
    """The SQL of one engine."""

    name: ClassVar[str]
    transactions: ClassVar[bool] = True

    # ------------------------------------------------------------ expressions

    def moment(self, at: datetime) -> str:
        """An instant."""
        return f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}'"

    def day(self, day: date) -> str:
        """A date."""
        return f"DATE '{day}'"

    @abstractmethod
    def folded(self, kind: str, value: str, condition: str) -> str:
        """The number, the sum or the greatest of values of rows where a condition holds."""

    def test(self, test: Test, as_of: datetime) -> str:
        """A test over the column of its aggregate, which is missing for who has no events."""
        sign = ">=" if test.enough else "<"
        if test.measure.kind == "last":
            bound = self.moment(before(as_of, test.threshold))
            return f"COALESCE({test.measure.column} {sign} {bound}, FALSE)"
        return f"COALESCE({test.measure.column}, 0) {sign} {test.threshold}"

    def attribute(self, segment: Segment, as_of: datetime) -> str:
        """The test of an attribute; not true where the attribute is missing."""
        return segment.attribute[1].format(old=self.moment(before(as_of, OLD)))

    def within(self, as_of: datetime, days: int = LONGEST) -> str:
        """That an event is in the last days."""
        since, until = self.moment(before(as_of, days)), self.moment(as_of)
        return f"happened_at > {since} AND happened_at <= {until}"

    def totals(self, measures: Sequence[Measure], as_of: datetime) -> str:
        """The aggregates of each customer, in one pass over the events."""
        items = []
        for measure in measures:
            condition = measure.rows
            if measure.days < LONGEST:
                condition += f" AND happened_at > {self.moment(before(as_of, measure.days))}"
            folded = self.folded(measure.kind, FUNCTIONS[measure.kind][1], condition)
            items.append(f"{folded} AS {measure.column}")
        return (
            f"SELECT customer_id, {', '.join(items)} FROM events "
            f"WHERE {self.within(as_of)} GROUP BY customer_id"
        )

    def flags(self, segments: Sequence[Segment], totals: str, as_of: datetime) -> str:
        """The segments of each customer, as an array of their numbers."""
        conditions = []
        for segment in segments:
            tests = f" {segment.joined} ".join(self.test(test, as_of) for test in segment.tests)
            conditions.append(f"({tests}) AND COALESCE({self.attribute(segment, as_of)}, FALSE)")
        return (
            f"WITH totals AS ({totals}) "
            f"SELECT c.customer_id AS customer_id, {self.numbers(conditions)} AS segments "
            "FROM customers AS c LEFT JOIN totals AS t ON t.customer_id = c.customer_id"
        )

    @abstractmethod
    def numbers(self, conditions: Sequence[str]) -> str:
        """The places of the conditions that hold, as an array."""

    # ------------------------------------------------------------------ tiles

    def tile_of_days(self, as_of: datetime, days: int) -> str:
        """The tiles of the last days: whatever can be asked of a customer's events, day by day."""
        items = [
            f"{self.folded(part.kind, FUNCTIONS[part.kind][1], part.rows)} AS {part.tile}"
            for part in TILED
        ]
        return (
            f"SELECT customer_id, {self.day_of_event()} AS day, {', '.join(items)} FROM events "
            f"WHERE {self.within(as_of, days)} GROUP BY customer_id, day"
        )

    def totals_of_tiles(self, schema: str, measures: Sequence[Measure], as_of: datetime) -> str:
        """The same as `totals`, from the tiles."""
        items = []
        for measure in measures:
            recent = f"day >= {self.day(before(as_of, measure.days).date())}"
            kind = "last" if measure.kind == "last" else "sum"
            items.append(f"{self.folded(kind, measure.tile, recent)} AS {measure.column}")
        first, end = self.day(before(as_of, LONGEST).date()), self.day(as_of.date())
        return (
            f"SELECT customer_id, {', '.join(items)} FROM {schema}.tiles "
            f"WHERE day >= {first} AND day < {end} GROUP BY customer_id"
        )

    # ------------------------------------------------------------- one by one

    def separate(self, segment: Segment, as_of: datetime) -> str:
        """The customers of one segment, as somebody asks who writes one at a time."""
        tests = f" {segment.joined} ".join(self.sub_query(test, as_of) for test in segment.tests)
        attribute = self.attribute(segment, as_of)
        return f"SELECT customer_id FROM customers WHERE ({tests}) AND {attribute}"

    def sub_query(self, test: Test, as_of: datetime) -> str:
        """The customers of whom a test holds."""
        measure, last = test.measure, test.measure.kind == "last"
        function, value = FUNCTIONS[measure.kind]
        sign = "<" if last and not test.enough else ">="
        bound = self.moment(before(as_of, test.threshold)) if last else test.threshold
        return (
            f"customer_id {'IN' if last or test.enough else 'NOT IN'} (SELECT customer_id "
            f"FROM events WHERE {measure.rows} AND {self.within(as_of, measure.days)} "
            f"AND customer_id IS NOT NULL GROUP BY customer_id "
            f"HAVING {function}({value}) {sign} {bound})"
        )

    # ----------------------------------------------------------------- tables

    def temporary(self, name: str, query: str) -> list[str]:
        """A working table of the rows of a query, in place of an older one."""
        return [f"DROP TABLE IF EXISTS {name}", f"CREATE TEMPORARY TABLE {name} AS {query}"]

    @abstractmethod
    def store(self, schema: str) -> list[str]:
        """What makes the empty tables of a store."""

    def tiles(self, schema: str, query: str) -> str:
        """Makes the table of tiles, a row for each customer and day, of the rows of a query."""
        return f"CREATE TABLE {schema}.tiles AS {query}"

    @abstractmethod
    def day_of_event(self) -> str:
        """The day that an event belongs to, when days end with midnight itself."""

    # ----------------------------------------------------------------- writing

    def changes(self, schema: str) -> list[str]:
        """`changes`: customers whose segments are others than before."""
        return self.temporary(
            "changes",
            f"""SELECT COALESCE(f.customer_id, s.customer_id) AS customer_id,
                  {self.or_empty("s.segments")} AS was, {self.or_empty("f.segments")} AS now
                FROM flags AS f FULL JOIN {schema}.state AS s ON s.customer_id = f.customer_id
                WHERE f.segments IS DISTINCT FROM s.segments""",
        )

    @abstractmethod
    def or_empty(self, array: str) -> str:
        """An array, empty where it is missing."""

    def moved(self, schema: str) -> str:
        """The table with a row for each segment that a customer entered or left."""
        return "moves"

    def moves(self, schema: str) -> list[str]:
        """Makes that table from `changes`."""
        parts = (
            self.numbers_only_in(here, there, entered)
            for here, there, entered in (("now", "was", "TRUE"), ("was", "now", "FALSE"))
        )
        return self.made_of_moves(
            schema,
            f"SELECT 'segment_' || number AS segment, customer_id, entered "
            f"FROM ({' UNION ALL '.join(parts)}) AS t",
        )

    @abstractmethod
    def numbers_only_in(self, here: str, there: str, entered: str) -> str:
        """`number`, `customer_id` and `entered` of the segments in one list and not in another."""

    def moves_of_rows(self, schema: str) -> list[str]:
        """Makes it from the rows of `found` and of the store."""

        def without(one: str, other: str, entered: str) -> str:
            return (
                f"SELECT segment, customer_id, {entered} AS entered FROM {one} AS a WHERE NOT "
                f"EXISTS (SELECT 1 FROM {other} AS b WHERE b.segment = a.segment "
                "AND b.customer_id = a.customer_id)"
            )

        members = f"{schema}.members"
        entries, exits = without("found", members, "TRUE"), without(members, "found", "FALSE")
        return self.made_of_moves(schema, f"{entries} UNION ALL {exits}")

    def made_of_moves(self, schema: str, query: str) -> list[str]:
        """The table of moves, of the rows of a query."""
        return self.temporary(self.moved(schema), query)

    def written(self, schema: str, as_of: datetime) -> list[str]:
        """Writes the moves into the members and the history."""
        moves = self.moved(schema)
        return [
            f"DELETE FROM {schema}.members WHERE (segment, customer_id) IN "
            f"(SELECT segment, customer_id FROM {moves} WHERE NOT entered)",
            f"INSERT INTO {schema}.members SELECT segment, customer_id, {self.moment(as_of)} "
            f"FROM {moves} WHERE entered",
            f"INSERT INTO {schema}.history SELECT segment, customer_id, "
            f"CASE WHEN entered THEN 'enter' ELSE 'exit' END, {self.moment(as_of)} FROM {moves}",
        ]

    @abstractmethod
    def kept(self, schema: str) -> list[str]:
        """Puts `flags` in the place of the state."""
