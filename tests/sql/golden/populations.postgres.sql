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
), "person_events" AS MATERIALIZED (
  SELECT
    "r"."person_id",
    "r"."logins",
    "r"."plan",
    COALESCE(CAST("orders_scan"."spent" AS BIGINT), 0) AS "spent"
  FROM "people" AS "r"
  LEFT JOIN "orders_scan"
    ON "orders_scan"."entity_key" = "r"."person_id"
), "person_standing" AS MATERIALIZED (
  SELECT
    "person_id",
    "logins",
    "plan",
    "spent",
    COALESCE(CAST(SUM("logins") OVER (PARTITION BY "plan" COLLATE "C") AS BIGINT), 0) AS "sum_logins",
    COUNT("logins") OVER (PARTITION BY "plan" COLLATE "C") AS "count_logins"
  FROM "person_events"
), "person_places" AS MATERIALIZED (
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
      ) / 10
      THEN "spent"
    END AS "quantile"
  FROM "person_standing"
), "person_standing_2" AS MATERIALIZED (
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
    ROW_NUMBER() OVER (ORDER BY "spent" DESC NULLS LAST, "person_id") <= 10 AS "best",
    MAX("quantile") OVER () AS "quantile_spent"
  FROM "person_places"
), "orders_scan_2" AS (
  SELECT
    "s0"."person_id" AS "entity_key",
    COUNT(*) FILTER(WHERE
      CASE
        WHEN ABS("s0"."amount") <= 90000000000000000
        THEN CAST(FLOOR("s0"."amount" * 100. + 0.5) AS BIGINT)
      END > "e"."quantile_spent") AS "count_order"
  FROM "orders" AS "s0"
  JOIN "person_standing_2" AS "e"
    ON "e"."person_id" = "s0"."person_id"
  WHERE
    "s0"."placed_at" <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP)
    AND NOT "s0"."person_id" IS NULL
  GROUP BY
    "s0"."person_id"
), "person_events_2" AS MATERIALIZED (
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
), "person_metrics" AS MATERIALIZED (
  SELECT
    *,
    CAST("below_spent" AS DOUBLE PRECISION) / NULLIF(CAST("count_spent" AS DOUBLE PRECISION), CAST(0.0 AS DOUBLE PRECISION)) AS "place",
    CAST("sum_logins" AS DOUBLE PRECISION) / NULLIF(CAST("count_logins" AS DOUBLE PRECISION), CAST(0.0 AS DOUBLE PRECISION)) AS "local_mean"
  FROM "person_events_2"
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  "person_id",
  "spent",
  "place",
  "local_mean",
  COALESCE("place" >= CAST(0.5 AS DOUBLE PRECISION), FALSE)
  AND COALESCE(
    CAST("spent" AS DOUBLE PRECISION) / CAST(100.0 AS DOUBLE PRECISION) > "local_mean",
    FALSE
  ) AS "upper",
  "best",
  "count_order" >= 1 AS "big_spender"
FROM "person_metrics"
