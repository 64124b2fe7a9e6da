WITH "score_columns" AS MATERIALIZED (
  SELECT
    "id",
    "time_since_last_click",
    "plan",
    CAST(CAST("time_since_last_click" AS BIGINT) AS DOUBLE PRECISION) / CAST(86400000000.0 AS DOUBLE PRECISION) AS "time_since_last_click_2",
    CASE
      WHEN (
        CAST("plan" AS TEXT) COLLATE "C"
      ) IN ('trial')
      THEN CAST(1.0 AS DOUBLE PRECISION)
      ELSE CAST(0.0 AS DOUBLE PRECISION)
    END AS "plan_2"
  FROM "people"
), "score_sum" AS MATERIALIZED (
  SELECT
    *,
    CAST(0.0 AS DOUBLE PRECISION) + CASE
      WHEN "time_since_last_click_2" <= 7.5
      THEN 0.25
      ELSE CAST(0.75 AS DOUBLE PRECISION)
    END + CASE WHEN "plan_2" <= 0.5 THEN 0.0 ELSE CAST(0.5 AS DOUBLE PRECISION) END AS "score_total"
  FROM "score_columns"
), "score_sum_2" AS MATERIALIZED (
  SELECT
    *,
    "score_total" / CAST(2.0 AS DOUBLE PRECISION) AS "score_total_2"
  FROM "score_sum"
), "with_score" AS MATERIALIZED (
  SELECT
    "id",
    "time_since_last_click",
    "plan",
    CASE
      WHEN "score_total_2" > CAST(1.0 AS DOUBLE PRECISION)
      THEN CAST(1.0 AS DOUBLE PRECISION)
      WHEN "score_total_2" > CAST(0.0 AS DOUBLE PRECISION)
      THEN "score_total_2"
      ELSE CAST(0.0 AS DOUBLE PRECISION)
    END AS "score" /* score: computed by the query, with version 1 of the model */
  FROM "score_sum_2"
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  "id",
  "score"
FROM "with_score"
