WITH "score_columns" AS (
  SELECT
    "id",
    "time_since_last_click",
    "plan",
    CAST(CAST("time_since_last_click" AS BIGINT) AS DOUBLE) / CAST(86400000000.0 AS DOUBLE) AS "time_since_last_click_2",
    CASE WHEN "plan" IN ('trial') THEN CAST(1.0 AS DOUBLE) ELSE CAST(0.0 AS DOUBLE) END AS "plan_2"
  FROM "people"
), "score_trees" AS MATERIALIZED (
  SELECT
    CAST('[1, 1, 1, 2, 1, 1]' AS INT[]) AS "feature", /* 2 trees of 6 nodes, at most 1 deep */
    CAST('[7.5, inf, inf, 0.5, inf, inf]' AS DOUBLE[]) AS "threshold",
    CAST('[2, 2, 3, 5, 5, 6]' AS INT[]) AS "below",
    CAST('[0.0, 0.25, 0.75, 0.0, 0.0, 0.5]' AS DOUBLE[]) AS "value_1"
), "score_row" AS (
  SELECT
    *,
    [
      COALESCE("time_since_last_click_2", CAST(1.7976931348623157e+308 AS DOUBLE)),
      "plan_2"
    ] AS "row_of_columns"
  FROM "score_columns"
), "score_leaves" AS (
  SELECT
    "score_row".*,
    LIST_TRANSFORM(
      CAST('[1, 4]' AS INT[]),
      LAMBDA "n" : LIST_EXTRACT("score_trees"."below", "n") + CAST(LIST_EXTRACT("row_of_columns", LIST_EXTRACT("score_trees"."feature", "n")) > LIST_EXTRACT("score_trees"."threshold", "n") AS INT)
    ) AS "leaves"
  FROM "score_row"
  CROSS JOIN "score_trees"
), "score_sum" AS (
  SELECT
    "score_leaves".*,
    LIST_REDUCE(
      LIST_TRANSFORM("leaves", LAMBDA "n" : LIST_EXTRACT("score_trees"."value_1", "n")),
      LAMBDA "a", "b" : "a" + "b",
      CAST(0.0 AS DOUBLE)
    ) / CAST(2.0 AS DOUBLE) AS "score_total"
  FROM "score_leaves"
  CROSS JOIN "score_trees"
), "with_score" AS (
  SELECT
    "id",
    "time_since_last_click",
    "plan",
    CASE
      WHEN "score_total" > CAST(1.0 AS DOUBLE)
      THEN CAST(1.0 AS DOUBLE)
      WHEN "score_total" > CAST(0.0 AS DOUBLE)
      THEN "score_total"
      ELSE CAST(0.0 AS DOUBLE)
    END AS "score" /* score: computed by the query, with version 1 of the model */
  FROM "score_sum"
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  "id",
  "score"
FROM "with_score"
