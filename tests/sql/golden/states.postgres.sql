WITH "interest_changes" AS (
  SELECT
    "person_id" AS "entity_key",
    CAST(EXTRACT(EPOCH FROM "happened_at") * 1000000 AS BIGINT) AS "at",
    1 AS "value",
    0 AS "place",
    1 AS "keeps"
  FROM "clicks"
  WHERE
    (
      "happened_at" <= CAST('2024-03-20 12:00:00.000000+00' AS TIMESTAMPTZ)
      AND NOT "person_id" IS NULL
      AND "kind" = 'view'
    )
    AND SUBSTR("page", 1, 8) COLLATE "C" = '/product'
  UNION ALL
  SELECT
    "person_id" AS "entity_key",
    CAST(EXTRACT(EPOCH FROM "placed_at") * 1000000 AS BIGINT) AS "at",
    10 AS "value",
    1 AS "place",
    0 AS "keeps"
  FROM "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP)
    AND NOT "person_id" IS NULL
), "interest_lists" AS (
  SELECT
    "entity_key",
    ARRAY_AGG("value" ORDER BY "at", "place", "value") AS "value",
    ARRAY_AGG("keeps" ORDER BY "at", "place", "value") AS "keeps",
    COUNT(*) AS "size"
  FROM "interest_changes"
  GROUP BY
    "entity_key"
), "interest_scan" AS (
  SELECT
    "l"."entity_key",
    (
      WITH RECURSIVE "walk"("n", "x") AS (
        SELECT
          CAST(0 AS BIGINT),
          CAST(0 AS BIGINT)
        UNION ALL
        SELECT
          "walk"."n" + 1,
          LEAST(
            GREATEST(
              "walk"."x" * (
                "l"."keeps"["walk"."n" + 1]
              ) + (
                "l"."value"["walk"."n" + 1]
              ),
              0
            ),
            10
          )
        FROM "walk"
        WHERE
          "walk"."n" < "l"."size"
      )
      SELECT
        "walk"."x"
      FROM "walk"
      WHERE
        "walk"."n" = "l"."size"
    ) AS "interest"
  FROM "interest_lists" AS "l"
), "person_events" AS MATERIALIZED (
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
