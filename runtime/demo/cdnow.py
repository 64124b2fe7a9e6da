"""The purchase log of CDNOW as a DuckDB database, to try rules on what people really did."""

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PURCHASES = """
CREATE OR REPLACE TABLE purchases AS
SELECT row_number() OVER () AS purchase_id, customer_id, "date" AS purchased_on, cds, amount
FROM read_csv($source, header = true, columns = {
  'customer_id': 'BIGINT', 'date': 'DATE', 'cds': 'INTEGER', 'amount': 'DECIMAL(10, 2)'})
"""

_CUSTOMERS = """
CREATE OR REPLACE TABLE customers AS
SELECT customer_id, min(purchased_on) AS first_purchase_on
FROM purchases GROUP BY customer_id ORDER BY customer_id
"""


def create_cdnow(
    source: "str | PathLike[str]", target: "DuckDBPyConnection | str | PathLike[str]"
) -> dict[str, int]:
    """Writes the tables `customers` and `purchases` from the compressed log; the rows of each."""
    if isinstance(target, str | PathLike):
        import duckdb

        with duckdb.connect(str(target)) as connection:
            return create_cdnow(source, connection)
    target.execute(_PURCHASES, {"source": str(source)})
    target.execute(_CUSTOMERS)
    rows: dict[str, int] = {}
    for table in ("customers", "purchases"):
        counted = target.execute(f"SELECT count(*) FROM {table}").fetchone()
        rows[table] = counted[0] if counted else 0
    return rows
