"""Postgres by hand: FILTER, arrays, and statistics for what is joined next."""

from collections.abc import Sequence

from benchmarks.refresh.peers.idiom import FUNCTIONS, Idiom


class Postgres(Idiom):
    name = "postgres"

    def folded(self, kind: str, value: str, condition: str) -> str:
        what = "*" if kind == "count" else value
        return f"{FUNCTIONS[kind][0]}({what}) FILTER (WHERE {condition})"

    def numbers(self, conditions: Sequence[str]) -> str:
        places = (
            f"CASE WHEN {condition} THEN {number}::smallint END"
            for number, condition in enumerate(conditions)
        )
        return f"ARRAY_REMOVE(ARRAY[{', '.join(places)}], NULL)"

    def temporary(self, name: str, query: str) -> list[str]:
        return [*super().temporary(name, query), f"ANALYZE {name}"]

    def store(self, schema: str) -> list[str]:
        return [
            f"CREATE SCHEMA {schema}",
            f"CREATE TABLE {schema}.members (segment TEXT, customer_id BIGINT, "
            "entered_at TIMESTAMP, PRIMARY KEY (customer_id, segment))",
            f"CREATE TABLE {schema}.history "
            '(segment TEXT, customer_id BIGINT, change TEXT, "at" TIMESTAMP)',
            f"CREATE INDEX ON {schema}.history (customer_id)",
            f"CREATE TABLE {schema}.state (customer_id BIGINT, segments SMALLINT[])",
        ]

    def day_of_event(self) -> str:
        return "CAST(happened_at - INTERVAL '1 microsecond' AS DATE)"

    def or_empty(self, array: str) -> str:
        return f"COALESCE({array}, '{{}}')"

    def numbers_only_in(self, here: str, there: str, entered: str) -> str:
        return (
            f"SELECT number, customer_id, {entered} AS entered FROM changes, "
            f"UNNEST({here}) AS number WHERE NOT number = ANY ({there})"
        )

    def kept(self, schema: str) -> list[str]:
        return [f"TRUNCATE {schema}.state", f"INSERT INTO {schema}.state SELECT * FROM flags"]
