WITH `score_columns` AS (
  SELECT
    `id`,
    `time_since_last_click`,
    `plan`,
    SAFE_DIVIDE(
      CAST(CAST(`time_since_last_click` AS INT64) AS FLOAT64),
      CAST(86400000000.0 AS FLOAT64)
    ) AS `time_since_last_click_2`,
    CASE
      WHEN `plan` IN ('trial')
      THEN CAST(1.0 AS FLOAT64)
      ELSE CAST(0.0 AS FLOAT64)
    END AS `plan_2`
  FROM `people`
), `score_sum` AS (
  SELECT
    *,
    CAST(0.0 AS FLOAT64) + CASE
      WHEN `time_since_last_click_2` <= CAST(7.5 AS FLOAT64)
      THEN CAST(0.25 AS FLOAT64)
      ELSE CAST(0.75 AS FLOAT64)
    END + CASE
      WHEN `plan_2` <= CAST(0.5 AS FLOAT64)
      THEN CAST(0.0 AS FLOAT64)
      ELSE CAST(0.5 AS FLOAT64)
    END AS `score_total`
  FROM `score_columns`
), `score_sum_2` AS (
  SELECT
    *,
    SAFE_DIVIDE(`score_total`, CAST(2.0 AS FLOAT64)) AS `score_total_2`
  FROM `score_sum`
), `with_score` AS (
  SELECT
    `id`,
    `time_since_last_click`,
    `plan`,
    CASE
      WHEN `score_total_2` > CAST(1.0 AS FLOAT64)
      THEN CAST(1.0 AS FLOAT64)
      WHEN `score_total_2` > CAST(0.0 AS FLOAT64)
      THEN `score_total_2`
      ELSE CAST(0.0 AS FLOAT64)
    END AS `score` /* score: computed by the query, with version 1 of the model */
  FROM `score_sum_2`
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  `id`,
  `score`
FROM `with_score`
