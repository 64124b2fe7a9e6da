WITH "clicks_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    MAX("happened_at") AS "last_view",
    COUNT(
      CASE
        WHEN "happened_at" > toDateTime64('2024-03-18 03:59:59.999999', 6, 'UTC')
        AND intDiv(
          (
            (
              toUnixTimestamp64Micro("happened_at") + (
                -14400000000
              )
            ) + 4611685968000000000
          ) % 86400000000,
          3600000000
        ) < 6
        THEN 1
      END
    ) AS "nights"
  FROM "clicks"
  WHERE
    "happened_at" <= toDateTime64('2024-03-20 12:00:00.000000', 6, 'UTC')
    AND NOT (
      "person_id" IS NULL
    )
    AND "kind" = 'view'
  GROUP BY
    "person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."born",
    toUnixTimestamp64Micro("clicks_scan"."last_view") AS "last_view",
    COALESCE(CAST("clicks_scan"."nights" AS Nullable(Int64)), 0) AS "nights"
  FROM "people" AS "r"
  LEFT JOIN "clicks_scan"
    ON "clicks_scan"."entity_key" = "r"."person_id"
), "person_metrics" AS (
  SELECT
    *,
    toInt64(1710936000000000) - "last_view" AS "quiet",
    COALESCE(
      (
        CAST(toMonth(addDays(toDate32('1970-01-01'), toInt32("born"))) AS Nullable(Int64)) * 100 + CAST(toDayOfMonth(addDays(toDate32('1970-01-01'), toInt32("born"))) AS Nullable(Int64))
      ) IN (320, 321, 322, 323, 324, 325, 326, 327),
      FALSE
    ) AS "birthday"
  FROM "person_events"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "quiet",
  "nights",
  "birthday",
  COALESCE("quiet" >= toInt64(2592000000000), FALSE) AND "nights" = 0 AND "birthday" AS "asleep"
FROM "person_metrics"
SETTINGS aggregate_functions_null_for_empty = 1, join_use_nulls = 1, prefer_column_name_to_alias = 1
