WITH "score_2" AS (
  SELECT
    "r"."id",
    "r"."time_since_last_click",
    "r"."plan",
    "scores"."number" AS "score" /* score: read from the table of scores, as its rule says */
  FROM "people" AS "r"
  LEFT JOIN "segue"."scores" AS "scores"
    ON "scores"."score" = 'score'
    AND "scores"."key" = "r"."id"
    AND "scores"."at" > CAST('1969-12-25 00:00:00.000000' AS TIMESTAMP)
    AND "scores"."at" <= CAST('1970-01-01 00:00:00.000000' AS TIMESTAMP)
    AND "scores"."version" = 1
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  "id",
  "score"
FROM "score_2"
