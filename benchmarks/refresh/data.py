"""The data: customers, and events in bursts over 180 days, of which half are in the last 90."""

from pathlib import Path

import duckdb

CUSTOMERS = """
CREATE TABLE customers AS SELECT
  i::INTEGER AS customer_id,
  ['free', 'basic', 'pro', 'team', 'trial'][(1 + hash(i + $seed) % 5)::BIGINT] AS plan,
  ['US', 'DE', 'FR', 'BR', 'IN', 'JP', 'GB', 'CA'][(1 + hash(i + $seed + 1) % 8)::BIGINT]
    AS country,
  (18 + hash(i + $seed + 2) % 60)::INTEGER AS age,
  TIMESTAMP '2022-01-01' + to_seconds((hash(i + $seed + 3) % (86400 * 700))::BIGINT)
    AS signed_up_at,
  hash(i + $seed + 4) % 2 = 0 AS email_ok,
  hash(i + $seed + 5) % 10 = 0 AS leaving,
  (hash(i + $seed + 6) % 100000)::DOUBLE / 100 AS credit,
  (hash(i + $seed + 7) % 1000)::INTEGER AS visits
FROM range($customers) AS t (i)
"""

# Six events on each active day of a customer; some customers have far more days than others.
EVENTS = """
CREATE TABLE events AS SELECT
  customer_id,
  day::TIMESTAMP + to_microseconds((hash(g + $seed) % 86400000000)::BIGINT) AS happened_at,
  ['view', 'view', 'view', 'view', 'click', 'click', 'search', 'cart', 'buy', 'refund']
    [(1 + hash(g * 7 + $seed + 1) % 10)::BIGINT] AS name,
  'c' || (hash(g * 7 + $seed + 2) % 20)::VARCHAR AS category,
  ((hash(g * 7 + $seed + 3) % 20000)::DECIMAL(12, 2) / 100)::DECIMAL(12, 2) AS amount
FROM (
  SELECT
    s * 6 + j AS g,
    least(
      (pow((hash(s * 13 + $seed + 5) % 1000000)::DOUBLE / 1000000, 1.7) * $customers)::INTEGER,
      $customers - 1
    ) AS customer_id,
    DATE '2024-01-01' + (s * 180 // $sessions)::INTEGER AS day
  FROM range($sessions) AS a (s), range(6) AS b (j)
)
ORDER BY day
"""


def generate(file: Path, customers: int, events: int, seed: int) -> None:
    """A DuckDB file with both tables; the same arguments give the same rows."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET threads = 2; SET preserve_insertion_order = false")
        connection.execute("SET enable_progress_bar = false")
        for text in (CUSTOMERS, EVENTS):
            for name, value in (
                ("$customers", customers),
                ("$sessions", events // 6),
                ("$seed", seed),
            ):
                text = text.replace(name, str(value))
            connection.execute(text)
        connection.execute("CHECKPOINT")
