WITH "interest_changes" AS (
  SELECT
    "person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST(AT_TIMEZONE("happened_at", 'UTC') AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "at",
    1 AS "value",
    0 AS "place",
    1 AS "keeps"
  FROM "clicks"
  WHERE
    (
      "happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND NOT "person_id" IS NULL
      AND "kind" = 'view'
    )
    AND SUBSTR("page", 1, 8) = '/product'
  UNION ALL
  SELECT
    "person_id" AS "entity_key",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST("placed_at" AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(CAST(CAST("placed_at" AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT) AS "at",
    10 AS "value",
    1 AS "place",
    0 AS "keeps"
  FROM "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP(6))
    AND NOT "person_id" IS NULL
), "interest_numbered" AS (
  SELECT
    "entity_key",
    "keeps",
    "value",
    ROW_NUMBER() OVER (PARTITION BY "entity_key" ORDER BY "at", "place", "value") AS "position"
  FROM "interest_changes"
), "interest_sets" AS (
  SELECT
    *,
    MAX(CASE WHEN "keeps" = 0 THEN "position" END) OVER (PARTITION BY "entity_key") AS "last_set"
  FROM "interest_numbered"
), "interest_ordered" AS (
  SELECT
    "entity_key",
    "position",
    CASE WHEN "position" = "last_set" THEN "value" END AS "start",
    CASE WHEN "position" = "last_set" THEN 0 ELSE "value" END AS "value"
  FROM "interest_sets"
  WHERE
    "position" >= COALESCE("last_set", 1)
), "interest_totals" AS (
  SELECT
    "entity_key",
    "position",
    "start",
    SUM("value") OVER (
      PARTITION BY "entity_key"
      ORDER BY "position"
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS "total",
    "value"
  FROM "interest_ordered"
), "interest_later" AS (
  SELECT
    "entity_key",
    "position",
    "start",
    "total",
    "value",
    MAX("total") OVER (
      PARTITION BY "entity_key"
      ORDER BY "position"
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS "later"
  FROM "interest_totals"
), "interest_scan" AS (
  SELECT
    "entity_key",
    CAST(SUM("value") + GREATEST(
      LEAST(COALESCE(MAX(LEAST(GREATEST("start", 0), 10)), 0), MIN(10 - "total")),
      MAX(LEAST(0 - "total", 10 - "later"))
    ) AS BIGINT) AS "interest"
  FROM "interest_later"
  GROUP BY
    "entity_key"
), "person_events" AS (
  SELECT
    "r"."person_id",
    COALESCE("interest_scan"."interest", 0) AS "interest"
  FROM "people" AS "r"
  LEFT JOIN "interest_scan"
    ON "interest_scan"."entity_key" = "r"."person_id"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "interest",
  "interest" >= 8 AS "warm"
FROM "person_events"
