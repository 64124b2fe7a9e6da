WITH "abandoned_rows" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "moment",
    "s0"."happened_at" AS "at"
  FROM "clicks" AS "s0"
  WHERE
    "s0"."happened_at" > CAST('2024-03-13 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND "s0"."happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "s0"."person_id" IS NULL
    AND "s0"."kind" = 'cart'
), "order_next" AS (
  SELECT
    "person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST("placed_at" AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST("placed_at" AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "moment"
  FROM "orders"
  WHERE
    "placed_at" > CAST('2024-03-13 12:00:00.000000' AS TIMESTAMP(6))
    AND "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
), "abandoned_rows_timeline" AS (
  SELECT
    "entity_key",
    "moment",
    "at",
    1 AS "is_row"
  FROM "abandoned_rows"
  UNION ALL
  SELECT
    "entity_key",
    "moment",
    NULL AS "at",
    0 AS "is_row"
  FROM "order_next"
), "abandoned_rows_kept" AS (
  SELECT
    "entity_key",
    "moment",
    "at"
  FROM (
    SELECT
      *,
      MIN(CASE WHEN "is_row" = 0 THEN "moment" END) OVER (
        PARTITION BY "entity_key"
        ORDER BY "moment", "is_row"
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
      ) AS "next_moment"
    FROM "abandoned_rows_timeline"
  ) AS "seen"
  WHERE
    "is_row" = 1
    AND (
      "next_moment" IS NULL OR "next_moment" > "moment" + 86400000000
    )
    AND "moment" <= 1710849600000000
), "same_sku_rows" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "moment",
    "s0"."happened_at" AS "at",
    "s0"."sku" AS "key_1_0"
  FROM "clicks" AS "s0"
  WHERE
    "s0"."happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "s0"."person_id" IS NULL
    AND "s0"."kind" = 'cart'
), "order_next_2" AS (
  SELECT
    "person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST("placed_at" AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST("placed_at" AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "moment",
    "sku" AS "key_1_0"
  FROM "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
    AND NOT "sku" IS NULL
), "same_sku_rows_timeline" AS (
  SELECT
    "entity_key",
    "moment",
    "at",
    "key_1_0",
    1 AS "is_row"
  FROM "same_sku_rows"
  UNION ALL
  SELECT
    "entity_key",
    "moment",
    NULL AS "at",
    "key_1_0",
    0 AS "is_row"
  FROM "order_next_2"
), "same_sku_rows_kept" AS (
  SELECT
    "entity_key",
    "moment",
    "at",
    "key_1_0"
  FROM (
    SELECT
      *,
      MIN(CASE WHEN "is_row" = 0 THEN "moment" END) OVER (
        PARTITION BY "entity_key", "key_1_0"
        ORDER BY "moment", "is_row"
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
      ) AS "next_moment"
    FROM "same_sku_rows_timeline"
  ) AS "seen"
  WHERE
    "is_row" = 1 AND "next_moment" <= "moment" + 86400000000
), "abandoned_scan" AS (
  SELECT
    "entity_key",
    COUNT(*) AS "abandoned"
  FROM "abandoned_rows_kept"
  GROUP BY
    "entity_key"
), "same_sku_scan" AS (
  SELECT
    "entity_key",
    COUNT(*) AS "same_sku"
  FROM "same_sku_rows_kept"
  GROUP BY
    "entity_key"
), "cart_followed_by_view" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    COUNT(*) AS "count_cart"
  FROM "clicks" AS "s0"
  WHERE
    "s0"."happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "s0"."person_id" IS NULL
    AND "s0"."kind" = 'cart'
    AND EXISTS(
      SELECT
        1
      FROM "clicks" AS "s1"
      WHERE
        "s1"."person_id" = "s0"."person_id"
        AND DATE_DIFF(
          'second',
          CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
          DATE_TRUNC('second', CAST(AT_TIMEZONE("s1"."happened_at", 'UTC') AS TIMESTAMP(6)))
        ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("s1"."happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) > DATE_DIFF(
          'second',
          CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
          DATE_TRUNC('second', CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)))
        ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("s0"."happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT)
        AND "s1"."happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
        AND "s1"."kind" = 'view'
        AND "s1"."sku" <> "s0"."sku"
    )
  GROUP BY
    "s0"."person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    COALESCE("abandoned_scan"."abandoned", 0) AS "abandoned",
    COALESCE("same_sku_scan"."same_sku", 0) AS "same_sku",
    COALESCE("cart_followed_by_view"."count_cart", 0) AS "count_cart"
  FROM "people" AS "r"
  LEFT JOIN "abandoned_scan"
    ON "abandoned_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "same_sku_scan"
    ON "same_sku_scan"."entity_key" = "r"."person_id"
  LEFT JOIN "cart_followed_by_view"
    ON "cart_followed_by_view"."entity_key" = "r"."person_id"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "abandoned",
  "same_sku",
  "count_cart" >= 1 AS "elsewhere"
FROM "person_events"
