"""ClickHouse by hand: aggregates with `If`, arrays, MergeTree tables in the order of customers.

A missing number is 0 here and a missing instant that of 1970, since a join fills in zeros.
"""

from collections.abc import Sequence
from datetime import datetime

from benchmarks.refresh.peers.idiom import Idiom
from benchmarks.refresh.workload import Test, before

FUNCTIONS = {"count": "countIf", "sum": "sumIf", "last": "maxIf"}
NEVER = "toDateTime64(0, 6, 'UTC')"


class ClickHouse(Idiom):
    name = "clickhouse"
    transactions = False

    def moment(self, at: datetime) -> str:
        return f"toDateTime64('{at:%Y-%m-%d %H:%M:%S}', 6, 'UTC')"

    def folded(self, kind: str, value: str, condition: str) -> str:
        what = "" if kind == "count" else f"{value}, "
        return f"{FUNCTIONS[kind]}({what}{condition})"

    def test(self, test: Test, as_of: datetime) -> str:
        column = test.measure.column
        if test.measure.kind != "last":
            return f"{column} {'>=' if test.enough else '<'} {test.threshold}"
        bound = self.moment(before(as_of, test.threshold))
        if test.enough:
            return f"{column} >= {bound}"
        return f"({column} < {bound} AND {column} > {NEVER})"

    def numbers(self, conditions: Sequence[str]) -> str:
        places = f"range({len(conditions)})"
        return f"arrayFilter((i, f) -> f, {places}, [{', '.join(conditions)}])"

    def store(self, schema: str) -> list[str]:
        return [
            f"CREATE DATABASE {schema}",
            f"""CREATE TABLE {schema}.members (segment LowCardinality(String), customer_id Int64,
                  entered_at DateTime64(6, 'UTC'))
                ENGINE = MergeTree ORDER BY (customer_id, segment)""",
            f"""CREATE TABLE {schema}.history (segment LowCardinality(String), customer_id Int64,
                  change LowCardinality(String), at DateTime64(6, 'UTC'))
                ENGINE = MergeTree ORDER BY (customer_id, segment)""",
            f"""CREATE TABLE {schema}.state (customer_id Int32, segments Array(UInt16))
                ENGINE = MergeTree ORDER BY customer_id""",
        ]

    def tiles(self, schema: str, query: str) -> str:
        ordered = "ENGINE = MergeTree ORDER BY (customer_id, day)"
        return f"CREATE TABLE {schema}.tiles {ordered} AS {query}"

    def day_of_event(self) -> str:
        return "toDate(happened_at - INTERVAL 1 MICROSECOND)"

    def or_empty(self, array: str) -> str:
        return array

    def changes(self, schema: str) -> list[str]:
        return self.temporary(
            "changes",
            f"""SELECT customer_id, s.segments AS was, f.segments AS now
                FROM flags AS f FULL JOIN {schema}.state AS s USING (customer_id)
                WHERE f.segments <> s.segments""",
        )

    def numbers_only_in(self, here: str, there: str, entered: str) -> str:
        return (
            f"SELECT toString(arrayJoin(arrayFilter(x -> NOT has({there}, x), {here}))) AS number, "
            f"customer_id, {entered} AS entered FROM changes"
        )

    def moves_of_rows(self, schema: str) -> list[str]:
        parts = [
            f"SELECT segment, customer_id, {entered} AS entered FROM {one} "
            f"LEFT ANTI JOIN {other} USING (segment, customer_id)"
            for one, other, entered in (
                ("found", f"{schema}.members", "TRUE"),
                (f"{schema}.members", "found", "FALSE"),
            )
        ]
        return self.made_of_moves(schema, " UNION ALL ".join(parts))

    def moved(self, schema: str) -> str:
        return f"{schema}.moves"

    def made_of_moves(self, schema: str, query: str) -> list[str]:
        # What deletes rows runs outside of the session, which alone knows its working tables.
        engine = "ENGINE = MergeTree ORDER BY (customer_id, segment)"
        return [f"CREATE OR REPLACE TABLE {self.moved(schema)} {engine} AS {query}"]

    def kept(self, schema: str) -> list[str]:
        return [
            f"CREATE OR REPLACE TABLE {schema}.state ENGINE = MergeTree ORDER BY customer_id "
            "AS SELECT * FROM flags"
        ]
