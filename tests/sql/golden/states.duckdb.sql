WITH "interest_changes" AS (
  SELECT
    "person_id" AS "entity_key",
    EPOCH_US("happened_at") AS "at",
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
    AND STARTS_WITH("page", '/product')
  UNION ALL
  SELECT
    "person_id" AS "entity_key",
    EPOCH_US("placed_at") AS "at",
    10 AS "value",
    1 AS "place",
    0 AS "keeps"
  FROM "orders"
  WHERE
    "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP)
    AND NOT "person_id" IS NULL
), "interest_scan" AS (
  SELECT
    "entity_key",
    LIST_REDUCE(
      LIST(
        {'keeps': "keeps", 'value': CAST("value" AS BIGINT)} ORDER BY "at", "place", "value"
      ),
      LAMBDA "x", "e" : {'keeps': 1, 'value': LEAST(GREATEST((
        "x"."value"
      ) * (
        "e"."keeps"
      ) + (
        "e"."value"
      ), 0), 10)},
      {'keeps': 1, 'value': CAST(0 AS BIGINT)}
    )."value" AS "interest"
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
