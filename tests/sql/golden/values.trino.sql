WITH "anything_rows" AS (
  SELECT
    "person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST("placed_at" AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST("placed_at" AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "at"
  FROM "orders"
  WHERE
    "placed_at" > CAST('2024-03-13 12:00:00.000000' AS TIMESTAMP(6))
    AND "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
  UNION ALL
  SELECT
    "person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST(AT_TIMEZONE("happened_at", 'UTC') AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "at"
  FROM "clicks"
  WHERE
    "happened_at" > CAST('2024-03-13 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND "happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "person_id" IS NULL
    AND "kind" IN ('view', 'cart')
), "favourite_rows" AS (
  SELECT
    "person_id" AS "entity_key",
    "placed_at" AS "at",
    "sku" AS "value_0",
    CASE
      WHEN ABS("amount") <= 90000000000000000
      THEN CAST(FLOOR("amount" * 100 + 0.5) AS BIGINT)
    END AS "weight"
  FROM "orders"
  WHERE
    "placed_at" > CAST('2023-12-21 12:00:00.000000' AS TIMESTAMP(6))
    AND "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
), "favourite_weights" AS (
  SELECT
    "entity_key",
    "value_0" AS "value",
    SUM(COALESCE("weight", 0)) AS "weight"
  FROM "favourite_rows"
  WHERE
    NOT "value_0" IS NULL
  GROUP BY
    "entity_key",
    "value_0"
), "favourite_ranks" AS (
  SELECT
    "entity_key",
    "value" AS "value",
    ROW_NUMBER() OVER (PARTITION BY "entity_key" ORDER BY "weight" DESC, "value") AS "position"
  FROM "favourite_weights"
), "latest_page_rows" AS (
  SELECT
    "person_id" AS "entity_key",
    "happened_at" AS "at",
    "page" AS "value_0"
  FROM "clicks"
  WHERE
    "happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "person_id" IS NULL
    AND "kind" = 'view'
), "latest_page_ranks" AS (
  SELECT
    "entity_key",
    "value_0" AS "value",
    ROW_NUMBER() OVER (PARTITION BY "entity_key" ORDER BY "at" DESC, "value_0" DESC) AS "position"
  FROM "latest_page_rows"
  WHERE
    NOT "value_0" IS NULL
), "order_last_5_rows" AS (
  SELECT
    "person_id" AS "entity_key",
    "placed_at" AS "at",
    CASE
      WHEN ABS("amount") <= 90000000000000000
      THEN CAST(FLOOR("amount" * 100 + 0.5) AS BIGINT)
    END AS "value_0",
    CASE
      WHEN ABS("amount") <= 90000000000000000
      THEN CAST(FLOOR("amount" * 100 + 0.5) AS BIGINT)
    END AS "value_1",
    "order_id" AS "event_id"
  FROM "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
), "order_last_5_latest" AS (
  SELECT
    *
  FROM (
    SELECT
      *,
      ROW_NUMBER() OVER (PARTITION BY "entity_key" ORDER BY "at" DESC, "event_id" DESC) AS "position"
    FROM "order_last_5_rows"
  ) AS "numbered"
  WHERE
    "position" <= 5
), "favourite_scan" AS (
  SELECT
    "entity_key",
    "value" AS "favourite"
  FROM "favourite_ranks"
  WHERE
    "position" = 1
), "latest_page_scan" AS (
  SELECT
    "entity_key",
    "value" AS "latest_page"
  FROM "latest_page_ranks"
  WHERE
    "position" = 1
), "order_last_5_scan" AS (
  SELECT
    "entity_key",
    SUM("value_0") AS "sum_order_amount_last_5",
    COUNT("value_1") AS "count_order_amount_last_5"
  FROM "order_last_5_latest"
  GROUP BY
    "entity_key"
), "orders_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    COUNT(DISTINCT "sku") AS "skus"
  FROM "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
  GROUP BY
    "person_id"
), "anything_scan" AS (
  SELECT
    "entity_key" AS "entity_key",
    COUNT(*) AS "touched"
  FROM "anything_rows"
  WHERE
    "at" > 1710331200000000 AND "at" <= 1710936000000000 AND NOT "entity_key" IS NULL
  GROUP BY
    "entity_key"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "favourite_scan"."favourite",
    "latest_page_scan"."latest_page",
    COALESCE(CAST("order_last_5_scan"."sum_order_amount_last_5" AS BIGINT), 0) AS "sum_order_amount_last_5",
    COALESCE("order_last_5_scan"."count_order_amount_last_5", 0) AS "count_order_amount_last_5",
    COALESCE("orders_scan"."skus", 0) AS "skus",
    COALESCE("anything_scan"."touched", 0) AS "touched"
  FROM "people" AS "r"
  LEFT JOIN "favourite_scan"
    ON "favourite_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "latest_page_scan"
    ON "latest_page_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "order_last_5_scan"
    ON "order_last_5_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "orders_scan"
    ON "orders_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "anything_scan"
    ON "anything_scan"."entity_key" = "r"."person_id"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "favourite",
  "latest_page",
  CAST("sum_order_amount_last_5" AS DOUBLE) / NULLIF(CAST("count_order_amount_last_5" * 100 AS DOUBLE), CAST('0.0' AS DOUBLE)) AS "of_last_five",
  "skus",
  "touched"
FROM "person_events"
