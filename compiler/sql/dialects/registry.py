"""Every dialect, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.bigquery import BigQuery
from segue.compiler.sql.dialects.clickhouse import ClickHouse
from segue.compiler.sql.dialects.duckdb import DuckDB
from segue.compiler.sql.dialects.mysql import MySQL
from segue.compiler.sql.dialects.postgres import Postgres
from segue.compiler.sql.dialects.redshift import Redshift
from segue.compiler.sql.dialects.snowflake import Snowflake
from segue.compiler.sql.dialects.spark import Spark
from segue.compiler.sql.dialects.sqlite import SQLite
from segue.compiler.sql.dialects.trino import Athena, Trino

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        dialect.name: dialect
        for dialect in (
            DuckDB(),
            Postgres(),
            SQLite(),
            ClickHouse(),
            BigQuery(),
            Spark(),
            MySQL(),
            Snowflake(),
            Redshift(),
            Trino(),
            Athena(),
        )
    }
)


def dialect(name: str) -> Dialect:
    """The dialect of that name; `ValueError` when there is none."""
    try:
        return DIALECTS[name]
    except KeyError:
        raise ValueError(f"no dialect `{name}`; there are {', '.join(sorted(DIALECTS))}") from None
