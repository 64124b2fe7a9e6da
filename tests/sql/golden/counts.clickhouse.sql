WITH "orders_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    COUNT(
      CASE
        WHEN "placed_at" > toDateTime64('2024-02-19 12:00:00.000000', 6, 'UTC')
        THEN 1
      END
    ) AS "orders_30d",
    COUNT(
      CASE
        WHEN "placed_at" > toDateTime64('2024-01-20 12:00:00.000000', 6, 'UTC')
        AND "placed_at" <= toDateTime64('2024-02-19 12:00:00.000000', 6, 'UTC')
        THEN 1
      END
    ) AS "orders_before",
    SUM(
      CASE
        WHEN ABS("amount") <= 90000000000000000
        THEN accurateCastOrNull(FLOOR("amount" * 100 + CAST('0.5' AS Nullable(Decimal(38, 1)))), 'Int64')
      END
    ) AS "spent"
  FROM "orders"
  WHERE
    "placed_at" > toDateTime64('2023-12-21 12:00:00.000000', 6, 'UTC')
    AND "placed_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "person_id" IS NULL
    )
  GROUP BY
    "person_id"
), "clicks_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    COUNT(CASE WHEN startsWith("page", '/product') THEN 1 END) AS "count_view_30d",
    COUNT(*) AS "count_view_30d_2"
  FROM "clicks"
  WHERE
    "happened_at" > toDateTime64('2024-02-19 12:00:00.000000', 6, 'UTC')
    AND "happened_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "person_id" IS NULL
    )
    AND "kind" = 'view'
  GROUP BY
    "person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."plan",
    COALESCE(CAST("orders_scan"."orders_30d" AS Nullable(Int64)), 0) AS "orders_30d", /* Orders of the last 30 days */
    COALESCE(CAST("orders_scan"."orders_before" AS Nullable(Int64)), 0) AS "orders_before",
    COALESCE(CAST("orders_scan"."spent" AS Nullable(Int64)), 0) AS "spent",
    COALESCE(CAST("clicks_scan"."count_view_30d" AS Nullable(Int64)), 0) AS "count_view_30d",
    COALESCE(CAST("clicks_scan"."count_view_30d_2" AS Nullable(Int64)), 0) AS "count_view_30d_2"
  FROM "people" AS "r"
  LEFT JOIN "orders_scan"
    ON "orders_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "clicks_scan"
    ON "clicks_scan"."entity_key" = "r"."person_id"
), "person_metrics" AS (
  SELECT
    *,
    CAST("count_view_30d" AS Nullable(Float64)) / nullIf(CAST("count_view_30d_2" AS Nullable(Float64)), CAST(0.0 AS Nullable(Float64))) AS "share"
  FROM "person_events"
), "person_metrics_2" AS (
  SELECT
    *,
    "orders_30d" > "orders_before"
    AND "spent" >= 9950
    AND COALESCE("share" >= CAST(0.15 AS Nullable(Float64)), FALSE) AS "keen" /* Orders more, and looks around */
  FROM "person_metrics"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "orders_30d", /* Orders of the last 30 days */
  "orders_before",
  "spent",
  "share",
  "keen", /* Orders more, and looks around */
  NOT "keen" OR "plan" IS NULL AS "others"
FROM "person_metrics_2"
SETTINGS aggregate_functions_null_for_empty = 1, join_use_nulls = 1, prefer_column_name_to_alias = 1
