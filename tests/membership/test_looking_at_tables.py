"""What Postgres is asked to look at before its tables are joined."""

from parity.engines.postgres import Postgres
from sqlglot import exp

from segue.runtime.warehouse.postgres import PostgresWarehouse


def test_one_table_is_looked_at_and_no_other_of_the_database() -> None:
    with PostgresWarehouse(Postgres().connection) as warehouse:
        for name in ("made_now", "there_before"):
            warehouse.execute_text(f"CREATE TEMPORARY TABLE {name} AS SELECT 1 AS a")
        warehouse.analyse(warehouse.temporary_table("made_now"))

        query = (
            exp.select("relname")
            .from_("pg_class")
            .where("relname IN ('made_now', 'there_before') AND reltuples >= 0")
        )
        assert warehouse.fetch(query) == [("made_now",)]
