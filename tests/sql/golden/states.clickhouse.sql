WITH "interest_changes" AS (
  SELECT
    "person_id" AS "entity_key",
    toUnixTimestamp64Micro("happened_at") AS "at",
    1 AS "value",
    0 AS "place",
    1 AS "keeps"
  FROM "clicks"
  WHERE
    (
      "happened_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
      AND NOT (
        "person_id" IS NULL
      )
      AND "kind" = 'view'
    )
    AND startsWith("page", '/product')
  UNION ALL
  SELECT
    "person_id" AS "entity_key",
    toUnixTimestamp64Micro("placed_at") AS "at",
    10 AS "value",
    1 AS "place",
    0 AS "keeps"
  FROM "orders"
  WHERE
    "placed_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "person_id" IS NULL
    )
), "interest_scan" AS (
  SELECT
    "entity_key",
    arrayFold(
      ("s", "x") -> CAST(LEAST(GREATEST("s" * tupleElement("x", 4) + tupleElement("x", 3), 0), 10) AS Nullable(Int64)),
      arraySort(groupArray(tuple("at", "place", "value", "keeps"))),
      CAST(0 AS Nullable(Int64))
    ) AS "interest"
  FROM "interest_changes"
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
SETTINGS aggregate_functions_null_for_empty = 1, join_use_nulls = 1, prefer_column_name_to_alias = 1
