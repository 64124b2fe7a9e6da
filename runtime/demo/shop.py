"""Makes up a shop: customers of several habits, what they were sent and what they did."""

from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any

from segue.runtime.demo import shop_tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNTIL = datetime(2025, 12, 1, tzinfo=UTC)

# `chance` mixes its arguments into a number in [0, 1). DuckDB combines the hashes of several
# arguments by XOR, so that two draws of one row would decide each other; hashed once more they do
# not. `days` turns a fraction of days into an
# interval of whole microseconds, exact and free of any calendar.
_MACROS = """
CREATE OR REPLACE TEMP MACRO chance(stream, a, b) AS
  (hash(hash(getvariable('seed'), stream, a::BIGINT, b::BIGINT)) >> 11) / 9007199254740992.0;
CREATE OR REPLACE TEMP MACRO days(n) AS to_microseconds((n * 86400000000)::BIGINT);
CREATE OR REPLACE TEMP MACRO later(t, draw) AS
  t + to_microseconds(floor(date_diff('microsecond', t, getvariable('until')) * draw)::BIGINT);
"""

_CLEAN_UP = """
DROP TABLE people; DROP TABLE personas;
DROP MACRO chance; DROP MACRO days; DROP MACRO later;
"""


def create_shop(
    target: "DuckDBPyConnection | str | PathLike[str]",
    customers: int = 2000,
    seed: int = 7,
    until: datetime = UNTIL,
    days: int = 400,
) -> dict[str, int]:
    """Writes the tables of the shop into a DuckDB file or connection; the rows of each.

    The log covers the `days` before `until`. Equal arguments give equal tables (with the same
    version of DuckDB, whose hash the numbers come from). Tables of the same name are replaced.
    """
    if isinstance(target, str | PathLike):
        import duckdb

        with duckdb.connect(str(target)) as connection:
            connection.execute("SET enable_progress_bar = false")
            return create_shop(connection, customers, seed, until, days)
    naive = until.astimezone(UTC).replace(tzinfo=None) if until.tzinfo else until
    settings: dict[str, Any] = {
        "seed": seed,
        "customers": customers,
        "days": days,
        "until": naive,
    }
    for name, value in settings.items():
        target.execute(f"SET VARIABLE {name} = $value", {"value": value})
    target.execute(_MACROS)
    target.execute(shop_tables.PERSONAS)
    target.execute(shop_tables.PEOPLE)
    rows: dict[str, int] = {}
    for table, query in shop_tables.TABLES.items():
        target.execute(f"CREATE OR REPLACE TABLE {table} AS {query}")
        counted = target.execute(f"SELECT count(*) FROM {table}").fetchone()
        rows[table] = counted[0] if counted else 0
    target.execute(_CLEAN_UP)
    return rows
