WITH "orders_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    COUNT(*) FILTER(WHERE
      "placed_at" > CAST('2024-02-19 12:00:00.000000' AS TIMESTAMP)) AS "orders_30d",
    COUNT(*) FILTER(WHERE
      "placed_at" > CAST('2024-01-20 12:00:00.000000' AS TIMESTAMP)
      AND "placed_at" <= CAST('2024-02-19 12:00:00.000000' AS TIMESTAMP)) AS "orders_before",
    SUM(
      CASE
        WHEN ABS("amount") <= 90000000000000000
        THEN CAST(FLOOR("amount" * 100. + 0.5) AS BIGINT)
      END
    ) AS "spent"
  FROM "orders"
  WHERE
    "placed_at" > CAST('2023-12-21 12:00:00.000000' AS TIMESTAMP)
    AND "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP)
    AND NOT "person_id" IS NULL
  GROUP BY
    "person_id"
), "clicks_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    COUNT(*) FILTER(WHERE
      SUBSTR(CAST("page" AS TEXT), 1, 8) COLLATE "C" = '/product') AS "count_view_30d",
    COUNT(*) AS "count_view_30d_2"
  FROM "clicks"
  WHERE
    "happened_at" > CAST('2024-02-19 12:00:00.000000+00' AS TIMESTAMPTZ)
    AND "happened_at" <= CAST('2024-03-20 12:00:00.000000+00' AS TIMESTAMPTZ)
    AND NOT "person_id" IS NULL
    AND CAST("kind" AS TEXT) = 'view'
  GROUP BY
    "person_id"
), "person_events" AS MATERIALIZED (
  SELECT
    "r"."person_id",
    "r"."plan",
    COALESCE("orders_scan"."orders_30d", 0) AS "orders_30d", /* Orders of the last 30 days */
    COALESCE("orders_scan"."orders_before", 0) AS "orders_before",
    COALESCE(CAST("orders_scan"."spent" AS BIGINT), 0) AS "spent",
    COALESCE("clicks_scan"."count_view_30d", 0) AS "count_view_30d",
    COALESCE("clicks_scan"."count_view_30d_2", 0) AS "count_view_30d_2"
  FROM "people" AS "r"
  LEFT JOIN "orders_scan"
    ON "orders_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "clicks_scan"
    ON "clicks_scan"."entity_key" = "r"."person_id"
), "person_metrics" AS MATERIALIZED (
  SELECT
    *,
    CAST("count_view_30d" AS DOUBLE PRECISION) / NULLIF(CAST("count_view_30d_2" AS DOUBLE PRECISION), CAST(0.0 AS DOUBLE PRECISION)) AS "share"
  FROM "person_events"
), "person_metrics_2" AS MATERIALIZED (
  SELECT
    *,
    "orders_30d" > "orders_before"
    AND "spent" >= 9950
    AND COALESCE("share" >= CAST(0.15 AS DOUBLE PRECISION), FALSE) AS "keen" /* Orders more, and looks around */
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
  NOT "keen" OR CAST("plan" AS TEXT) IS NULL AS "others"
FROM "person_metrics_2"
