WITH "clicks_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    MAX("happened_at") AS "last_view",
    COUNT(
      CASE
        WHEN "happened_at" > CAST('2024-03-18 03:59:59.999999+00' AS TIMESTAMP WITH TIME ZONE)
        AND (
          (
            (
              DATEDIFF(
                MICROSECOND,
                CAST('1970-01-01 00:00:00' AS TIMESTAMP),
                "happened_at" AT TIME ZONE 'UTC'
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
    "happened_at" <= CAST('2024-03-20 12:00:00.000000+00' AS TIMESTAMP WITH TIME ZONE)
    AND NOT "person_id" IS NULL
    AND "kind" || CHR(1) = 'view' || CHR(1)
  GROUP BY
    "person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."born",
    DATEDIFF(
      MICROSECOND,
      CAST('1970-01-01 00:00:00' AS TIMESTAMP),
      "clicks_scan"."last_view" AT TIME ZONE 'UTC'
    ) AS "last_view",
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
        CAST(EXTRACT(MONTH FROM "born") AS BIGINT) * 100 + CAST(EXTRACT(DAY FROM "born") AS BIGINT)
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
