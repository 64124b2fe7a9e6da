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
        THEN CAST(FLOOR("amount" * 100 + 0.5) AS BIGINT)
      END AS "amount_value"
    FROM "orders"
  ) AS "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
  GROUP BY
    "person_id"
), "clicks_scan" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    COUNT(
      CASE
        WHEN DATE_DIFF(
          'second',
          CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
          DATE_TRUNC('second', CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)))
        ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) >= DATE_DIFF(
          'second',
          CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
          DATE_TRUNC('second', CAST("e"."joined" AS TIMESTAMP(6)))
        ) * 1000000 + CAST(SUBSTR(CAST(CAST("e"."joined" AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT)
        THEN 1
      END
    ) AS "since_joining"
  FROM "clicks" AS "s0"
  JOIN "people" AS "e"
    ON "e"."person_id" = "s0"."person_id"
  WHERE
    "s0"."happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "s0"."person_id" IS NULL
    AND "s0"."kind" = 'view'
  GROUP BY
    "s0"."person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."joined",
    COALESCE(CAST("orders_scan"."sum_order_amount" AS BIGINT), 0) AS "sum_order_amount",
    COALESCE("orders_scan"."count_order_amount", 0) AS "count_order_amount",
    COALESCE("clicks_scan"."since_joining", 0) AS "since_joining"
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
          THEN CAST(FLOOR("s0"."amount" * 100 + 0.5) AS BIGINT)
        END AS DOUBLE) / CAST('100.0' AS DOUBLE) > CAST("e"."sum_order_amount" AS DOUBLE) / NULLIF(CAST("e"."count_order_amount" * 100 AS DOUBLE), CAST('0.0' AS DOUBLE))
        THEN 1
      END
    ) AS "above_average"
  FROM "orders" AS "s0"
  JOIN "person_events" AS "e"
    ON "e"."person_id" = "s0"."person_id"
  WHERE
    "s0"."placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "s0"."person_id" IS NULL
  GROUP BY
    "s0"."person_id"
), "person_events_2" AS (
  SELECT
    "r"."person_id",
    "r"."joined",
    "r"."sum_order_amount",
    "r"."count_order_amount",
    "r"."since_joining",
    COALESCE("orders_scan_2"."above_average", 0) AS "above_average"
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
