WITH "orders_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    SUM("amount_value") AS "sum_order_amount",
    COUNT("amount_value") AS "count_order_amount"
  FROM (
    SELECT
      *,
      CASE
        WHEN ABS("amount") <= 90000000000000000
        THEN accurateCastOrNull(FLOOR("amount" * 100 + CAST('0.5' AS Nullable(Decimal(38, 1)))), 'Int64')
      END AS "amount_value"
    FROM "orders"
  ) AS "orders"
  WHERE
    "placed_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "person_id" IS NULL
    )
  GROUP BY
    "person_id"
), "clicks_scan" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    COUNT(
      CASE
        WHEN toUnixTimestamp64Micro("s0"."happened_at") >= toUnixTimestamp64Micro("e"."joined")
        THEN 1
      END
    ) AS "since_joining"
  FROM "clicks" AS "s0"
  JOIN "people" AS "e"
    ON "e"."person_id" = "s0"."person_id"
  WHERE
    "s0"."happened_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "s0"."person_id" IS NULL
    )
    AND "s0"."kind" = 'view'
  GROUP BY
    "s0"."person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."joined",
    COALESCE(CAST("orders_scan"."sum_order_amount" AS Nullable(Int64)), 0) AS "sum_order_amount",
    COALESCE(CAST("orders_scan"."count_order_amount" AS Nullable(Int64)), 0) AS "count_order_amount",
    COALESCE(CAST("clicks_scan"."since_joining" AS Nullable(Int64)), 0) AS "since_joining"
  FROM "people" AS "r"
  LEFT JOIN "orders_scan"
    ON "orders_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "clicks_scan"
    ON "clicks_scan"."entity_key" = "r"."person_id"
), "orders_scan_2" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    COUNT(
      CASE
        WHEN CAST(CASE
          WHEN ABS("s0"."amount") <= 90000000000000000
          THEN accurateCastOrNull(FLOOR("s0"."amount" * 100 + CAST('0.5' AS Nullable(Decimal(38, 1)))), 'Int64')
        END AS Nullable(Float64)) / CAST(100.0 AS Nullable(Float64)) > CAST("e"."sum_order_amount" AS Nullable(Float64)) / nullIf(
          CAST("e"."count_order_amount" * 100 AS Nullable(Float64)),
          CAST(0.0 AS Nullable(Float64))
        )
        THEN 1
      END
    ) AS "above_average"
  FROM "orders" AS "s0"
  JOIN "person_events" AS "e"
    ON "e"."person_id" = "s0"."person_id"
  WHERE
    "s0"."placed_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "s0"."person_id" IS NULL
    )
  GROUP BY
    "s0"."person_id"
), "person_events_2" AS (
  SELECT
    "r"."person_id",
    "r"."joined",
    "r"."sum_order_amount",
    "r"."count_order_amount",
    "r"."since_joining",
    COALESCE(CAST("orders_scan_2"."above_average" AS Nullable(Int64)), 0) AS "above_average"
  FROM "person_events" AS "r"
  LEFT JOIN "orders_scan_2"
    ON "orders_scan_2"."entity_key" = "r"."person_id"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "above_average",
  "since_joining"
FROM "person_events_2"
SETTINGS aggregate_functions_null_for_empty = 1, join_use_nulls = 1, prefer_column_name_to_alias = 1
