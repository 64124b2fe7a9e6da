"""The catalog, the rules and the data: customers, what they read and what they bought in a year."""

from pathlib import Path

import duckdb

CATALOG = """
entity:
  name: customer
  table: customers
  key: customer_id
  attributes: {signed_up_at: timestamp}
events:
  opened: {table: opens, at: opened_at}
  bought: {table: purchases, at: bought_at, properties: {amount: decimal(2)}}
"""

RULES = """
metric orders      = count(bought)
metric spent       = sum(bought.amount)
metric since_order = age(last(bought.at))
metric opens_30d   = count(opened over last 30d)

segment keen_readers "Opens a lot" {
  when opens_30d >= 3 and age(last(opened.at)) <= 14d
}

lifecycle customer {
  stage prospect {
    enter when signed_up_at <= as_of and orders == 0
    exit  when opens_30d == 0
    next  buyer
  }
  stage buyer {
    enter when orders == 1 and since_order <= 60d
    exit  when since_order > 180d
    next  regular, lost
  }
  stage regular {
    enter when orders >= 2 and since_order <= 90d
    exit  when since_order > 180d
    next  best, lost
  }
  stage best {
    enter when spent >= 300.00 and opens_30d >= 1 and since_order <= 90d
    next  lost
  }
  stage lost {
    enter when since_order > 120d and opens_30d == 0
    next  buyer, regular
  }
}
"""

TABLES = (
    """CREATE TABLE customers AS SELECT i::INTEGER AS customer_id,
       TIMESTAMP '2024-01-01' + to_seconds((hash(i) % (86400 * 500))::BIGINT) AS signed_up_at
       FROM range($customers) AS t (i)""",
    """CREATE TABLE opens AS SELECT
       (pow((hash(i * 3 + 1) % 1000000)::DOUBLE / 1000000, 1.7) * ($customers - 1))::INTEGER
         AS customer_id,
       TIMESTAMP '2024-06-01' + to_seconds((i * 47000000.0 / $opens)::BIGINT) AS opened_at
       FROM range($opens) AS t (i)""",
    """CREATE TABLE purchases AS SELECT
       (pow((hash(i * 5 + 2) % 1000000)::DOUBLE / 1000000, 1.5) * ($customers - 1))::INTEGER
         AS customer_id,
       TIMESTAMP '2024-06-01' + to_seconds((i * 47000000.0 / $purchases)::BIGINT) AS bought_at,
       ((hash(i * 7 + 3) % 20000)::DECIMAL(12, 2) / 100)::DECIMAL(12, 2) AS amount
       FROM range($purchases) AS t (i)""",
)


def write_project(folder: Path) -> None:
    """The rules as a project."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalog.yml").write_text(CATALOG, "utf-8")
    (folder / "rules.seg").write_text(RULES, "utf-8")


def write_data(file: Path, customers: int, events: int) -> None:
    """A DuckDB file; three in four events are opens. Equal arguments give equal rows."""
    sizes = {"$customers": customers, "$opens": events * 3 // 4, "$purchases": events // 4}
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET enable_progress_bar = false")
        for text in TABLES:
            for name, size in sizes.items():
                text = text.replace(name, str(size))
            connection.execute(text)
        connection.execute("CHECKPOINT")
