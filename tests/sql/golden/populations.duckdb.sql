WITH "orders_scan" AS (
  SELECT
    "person_id" AS "entity_key",
    SUM(
      CASE
        WHEN ABS("amount") <= 90000000000000000
        THEN CAST(FLOOR("amount" * 100. + 0.5) AS BIGINT)
      END
    ) AS "spent"
  FROM "orders"
  WHERE
    "placed_at" > CAST('2023-12-21 12:00:00.000000' AS TIMESTAMP)
    AND "placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP)
    AND NOT "person_id" IS NULL
  GROUP BY
    "person_id"
), "person_events" AS (
  SELECT
    "r"."person_id",
    "r"."logins",
    "r"."plan",
    COALESCE(CAST("orders_scan"."spent" AS BIGINT), 0) AS "spent"
  FROM "people" AS "r"
  LEFT JOIN "orders_scan"
    ON "orders_scan"."entity_key" = "r"."person_id"
), "person_standing" AS (
  SELECT
    "person_id",
    "logins",
    "plan",
    "spent",
    COALESCE(CAST(SUM("logins") OVER (PARTITION BY "plan") AS BIGINT), 0) AS "sum_logins",
    COUNT("logins") OVER (PARTITION BY "plan") AS "count_logins"
  FROM "person_events"
  WHERE
    NOT "person_id" IS NULL
), "person_places" AS (
  SELECT
    "person_id",
    "logins",
    "plan",
    "spent",
    "sum_logins",
    "count_logins",
    CASE
      WHEN ROW_NUMBER() OVER (ORDER BY "spent") = (
        (
          COUNT("spent") OVER ()
        ) * 9 + 9
      ) // 10
      THEN "spent"
    END AS "quantile"
  FROM "person_standing"
  WHERE
    NOT "person_id" IS NULL
), "person_standing_2" AS (
  SELECT
    "person_id",
    "logins",
    "plan",
    "spent",
    "sum_logins",
    "count_logins",
    (
      RANK() OVER (ORDER BY "spent")
    ) - 1 AS "below_spent",
    COUNT("spent") OVER () AS "count_spent",
    ROW_NUMBER() OVER (ORDER BY "spent" DESC, "person_id") <= 10 AS "best",
    MAX("quantile") OVER () AS "quantile_spent"
  FROM "person_places"
  WHERE
    NOT "person_id" IS NULL
), "orders_scan_2" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    COUNT(
      CASE
        WHEN CASE
          WHEN ABS("s0"."amount") <= 90000000000000000
          THEN CAST(FLOOR("s0"."amount" * 100. + 0.5) AS BIGINT)
        END > "e"."quantile_spent"
        THEN 1
      END
    ) AS "count_order"
  FROM "orders" AS "s0"
  JOIN "person_standing_2" AS "e"
    ON "e"."person_id" = "s0"."person_id"
  WHERE
    "s0"."placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP)
    AND NOT "s0"."person_id" IS NULL
  GROUP BY
    "s0"."person_id"
), "person_events_2" AS (
  SELECT
    "r"."person_id",
    "r"."logins",
    "r"."plan",
    "r"."spent",
    "r"."sum_logins",
    "r"."count_logins",
    "r"."below_spent",
    "r"."count_spent",
    "r"."best",
    "r"."quantile_spent",
    COALESCE("orders_scan_2"."count_order", 0) AS "count_order"
  FROM "person_standing_2" AS "r"
  LEFT JOIN "orders_scan_2"
    ON "orders_scan_2"."entity_key" = "r"."person_id"
), "person_metrics" AS (
  SELECT
    *,
    CAST("below_spent" AS DOUBLE) / NULLIF(CAST("count_spent" AS DOUBLE), CAST(0.0 AS DOUBLE)) AS "place",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_logins" AS DOUBLE) / NULLIF(CAST("count_logins" AS DOUBLE), CAST(0.0 AS DOUBLE)),
          CAST('nan' AS DOUBLE)
        ),
        CAST('inf' AS DOUBLE)
      ),
      CAST('-inf' AS DOUBLE)
    ) AS "local_mean"
  FROM "person_events_2"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "spent",
  "place",
  "local_mean",
  COALESCE("place" >= CAST(0.5 AS DOUBLE), FALSE)
  AND COALESCE(CAST("spent" AS DOUBLE) / CAST(100.0 AS DOUBLE) > "local_mean", FALSE) AS "upper",
  "best",
  "count_order" >= 1 AS "big_spender"
FROM "person_metrics"
