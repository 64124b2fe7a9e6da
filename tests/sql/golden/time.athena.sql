WITH "clicks_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    MAX("happened_at") AS "last_view",
    COUNT(
      CASE
        WHEN "happened_at" > CAST('2024-03-18 03:59:59.999999 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
        AND (
          (
            (
              (
                DATE_DIFF(
                  'second',
                  CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
                  DATE_TRUNC('second', CAST(AT_TIMEZONE("happened_at", 'UTC') AS TIMESTAMP(6)))
                ) * 1000000 + CAST(SUBSTR(CAST(CAST(AT_TIMEZONE("happened_at", 'UTC') AS TIMESTAMP(6)) AS VARCHAR), -6) AS BIGINT)
              ) + (
                -14400000000
              )
            ) + 4611685968000000000
          ) % 86400000000
        ) / 3600000000 < 6
        THEN 1
      END
    ) AS "nights"
  FROM "clicks"
  WHERE
    "happened_at" <= CAST('2024-03-20 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    AND NOT "person_id" IS NULL
    AND "kind" = 'view'
  GROUP BY
    "person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."born",
    DATE_DIFF(
      'second',
      CAST('1970-01-01 00:00:00' AS TIMESTAMP(6)),
      DATE_TRUNC('second', CAST(AT_TIMEZONE("clicks_scan"."last_view", 'UTC') AS TIMESTAMP(6)))
    ) * 1000000 + CAST(SUBSTR(
      CAST(CAST(AT_TIMEZONE("clicks_scan"."last_view", 'UTC') AS TIMESTAMP(6)) AS VARCHAR),
      -6
    ) AS BIGINT) AS "last_view",
    COALESCE("clicks_scan"."nights", 0) AS "nights"
  FROM "people" AS "r"
  LEFT JOIN "clicks_scan"
    ON "clicks_scan"."entity_key" = "r"."person_id"
), "person_metrics" AS (
  SELECT
    *,
    1710936000000000 - "last_view" AS "quiet",
    COALESCE(
      (
        MONTH("born") * 100 + DAY("born")
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
  COALESCE("quiet" >= 2592000000000, FALSE) AND "nights" = 0 AND "birthday" AS "asleep"
FROM "person_metrics"
