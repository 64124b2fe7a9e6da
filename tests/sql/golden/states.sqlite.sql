WITH "interest_changes" AS (
  SELECT
    "person_id" AS "entity_key",
    CAST(STRFTIME('%s', SUBSTR("happened_at", 1, 19)) AS INTEGER) * 1000000 + CAST(SUBSTR(SUBSTR("happened_at", 21, 6) || '000000', 1, 6) AS INTEGER) AS "at",
    1 AS "value",
    0 AS "place",
    1 AS "keeps"
  FROM "clicks"
  WHERE
    (
      "happened_at" <= '2024-03-20 12:00:00.000000'
      AND NOT "person_id" IS NULL
      AND "kind" = 'view'
    )
    AND SUBSTR("page", 1, 8) = '/product'
  UNION ALL
  SELECT
    "person_id" AS "entity_key",
    CAST(STRFTIME('%s', SUBSTR("placed_at", 1, 19)) AS INTEGER) * 1000000 + CAST(SUBSTR(SUBSTR("placed_at", 21, 6) || '000000', 1, 6) AS INTEGER) AS "at",
    10 AS "value",
    1 AS "place",
    0 AS "keeps"
  FROM "orders"
  WHERE
    "placed_at" <= '2024-03-20 12:00:00.000000' AND NOT "person_id" IS NULL
), "interest_ordered" AS (
  SELECT
    "entity_key",
    "keeps",
    "value",
    ROW_NUMBER() OVER (PARTITION BY "entity_key" ORDER BY "at", "place", "value") AS "position"
  FROM "interest_changes"
), "interest_ends" AS (
  SELECT
    "entity_key",
    COUNT(*) AS "position"
  FROM "interest_changes"
  GROUP BY
    "entity_key"
), "interest_scan" AS (
  WITH RECURSIVE "walk"("entity_key", "position", "state") AS (
    SELECT
      "entity_key",
      0,
      0
    FROM "interest_ordered"
    WHERE
      "position" = 1
    UNION ALL
    SELECT
      "n"."entity_key",
      "n"."position",
      MIN(MAX("w"."state" * "n"."keeps" + "n"."value", 0), 10)
    FROM "walk" AS "w"
    JOIN "interest_ordered" AS "n"
      ON "n"."entity_key" = "w"."entity_key" AND "n"."position" = "w"."position" + 1
  )
  SELECT
    "w"."entity_key",
    "w"."state" AS "interest"
  FROM "walk" AS "w"
  JOIN "interest_ends" AS "n"
    ON "n"."entity_key" = "w"."entity_key" AND "n"."position" = "w"."position"
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
