WITH "score_columns" AS (
  SELECT
    "id",
    "rate",
    CASE
      WHEN ABS("rate") <= CAST(1.7976931348623157e+308 AS DOUBLE)
      THEN CAST("rate" AS DOUBLE)
    END AS "rate_2"
  FROM "people"
), "score_scaled" AS (
  SELECT
    *,
    (
      CASE
        WHEN "rate_2" > CAST(1e+50 AS DOUBLE)
        THEN CAST(1e+50 AS DOUBLE)
        WHEN "rate_2" < CAST(-1E+50 AS DOUBLE)
        THEN CAST(-1E+50 AS DOUBLE)
        WHEN ABS("rate_2") < CAST(1e-50 AS DOUBLE)
        THEN CAST(0.0 AS DOUBLE)
        ELSE "rate_2"
      END - CAST(0.25 AS DOUBLE)
    ) / CAST(0.125 AS DOUBLE) AS "rate_2_scaled"
  FROM "score_columns"
), "score_sum" AS (
  SELECT
    *,
    CAST(-1.0 AS DOUBLE) + CAST(2.5 AS DOUBLE) * "rate_2_scaled" AS "score_total"
  FROM "score_scaled"
), "score_link" AS (
  SELECT
    *,
    CASE
      WHEN ABS("score_total") < CAST(300.0 AS DOUBLE)
      THEN CASE
        WHEN "score_total" < CAST(0.0 AS DOUBLE)
        THEN "score_total"
        ELSE -"score_total"
      END
      ELSE CAST(-300.0 AS DOUBLE)
    END AS "below_0"
  FROM "score_sum"
), "score_link_2" AS (
  SELECT
    *,
    CASE
      WHEN ABS(CAST(0.5 AS DOUBLE) - (
        "below_0" * CAST(1.4426950408889634 AS DOUBLE)
      )) <= CAST(9007199254740992.0 AS DOUBLE)
      THEN CAST(FLOOR(CAST(0.5 AS DOUBLE) - (
        "below_0" * CAST(1.4426950408889634 AS DOUBLE)
      )) AS BIGINT)
    END AS "halvings"
  FROM "score_link"
), "score_link_3" AS (
  SELECT
    *,
    (
      CAST("halvings" AS DOUBLE) * CAST(0.6931471803691238 AS DOUBLE) + "below_0"
    ) + CAST("halvings" AS DOUBLE) * CAST(1.9082149292705877e-10 AS DOUBLE) AS "r_2"
  FROM "score_link_2"
), "score_link_4" AS (
  SELECT
    *,
    (
      (
        (
          (
            (
              (
                (
                  (
                    (
                      (
                        (
                          (
                            CAST(1.6059043836821613e-10 AS DOUBLE) * "r_2" + CAST(2.08767569878681e-09 AS DOUBLE)
                          ) * "r_2" + CAST(2.505210838544172e-08 AS DOUBLE)
                        ) * "r_2" + CAST(2.755731922398589e-07 AS DOUBLE)
                      ) * "r_2" + CAST(2.7557319223985893e-06 AS DOUBLE)
                    ) * "r_2" + CAST(2.48015873015873e-05 AS DOUBLE)
                  ) * "r_2" + CAST(0.0001984126984126984 AS DOUBLE)
                ) * "r_2" + CAST(0.001388888888888889 AS DOUBLE)
              ) * "r_2" + CAST(0.008333333333333333 AS DOUBLE)
            ) * "r_2" + CAST(0.041666666666666664 AS DOUBLE)
          ) * "r_2" + CAST(0.16666666666666666 AS DOUBLE)
        ) * "r_2" + CAST(0.5 AS DOUBLE)
      ) * "r_2" + CAST(1.0 AS DOUBLE)
    ) * "r_2" + CAST(1.0 AS DOUBLE) AS "power_of_r"
  FROM "score_link_3"
), "score_link_5" AS (
  SELECT
    *,
    (
      (
        (
          (
            (
              (
                (
                  (
                    (
                      "power_of_r" * CASE WHEN "halvings" % 2 >= 1 THEN CAST(0.5 AS DOUBLE) ELSE CAST(1.0 AS DOUBLE) END
                    ) * CASE WHEN "halvings" % 4 >= 2 THEN CAST(0.25 AS DOUBLE) ELSE CAST(1.0 AS DOUBLE) END
                  ) * CASE
                    WHEN "halvings" % 8 >= 4
                    THEN CAST(0.0625 AS DOUBLE)
                    ELSE CAST(1.0 AS DOUBLE)
                  END
                ) * CASE
                  WHEN "halvings" % 16 >= 8
                  THEN CAST(0.00390625 AS DOUBLE)
                  ELSE CAST(1.0 AS DOUBLE)
                END
              ) * CASE
                WHEN "halvings" % 32 >= 16
                THEN CAST(1.52587890625e-05 AS DOUBLE)
                ELSE CAST(1.0 AS DOUBLE)
              END
            ) * CASE
              WHEN "halvings" % 64 >= 32
              THEN CAST(2.3283064365386963e-10 AS DOUBLE)
              ELSE CAST(1.0 AS DOUBLE)
            END
          ) * CASE
            WHEN "halvings" % 128 >= 64
            THEN CAST(5.421010862427522e-20 AS DOUBLE)
            ELSE CAST(1.0 AS DOUBLE)
          END
        ) * CASE
          WHEN "halvings" % 256 >= 128
          THEN CAST(2.938735877055719e-39 AS DOUBLE)
          ELSE CAST(1.0 AS DOUBLE)
        END
      ) * CASE
        WHEN "halvings" % 512 >= 256
        THEN CAST(8.636168555094445e-78 AS DOUBLE)
        ELSE CAST(1.0 AS DOUBLE)
      END
    ) * CASE
      WHEN "halvings" % 1024 >= 512
      THEN CAST(7.458340731200207e-155 AS DOUBLE)
      ELSE CAST(1.0 AS DOUBLE)
    END AS "power_of_e"
  FROM "score_link_4"
), "score_link_6" AS (
  SELECT
    *,
    CASE
      WHEN "score_total" < CAST(-300.0 AS DOUBLE)
      THEN CAST(0.0 AS DOUBLE)
      WHEN "score_total" < CAST(0.0 AS DOUBLE)
      THEN "power_of_e" / (
        CAST(1.0 AS DOUBLE) + "power_of_e"
      )
      ELSE CAST(1.0 AS DOUBLE) / (
        CAST(1.0 AS DOUBLE) + "power_of_e"
      )
    END AS "score_2"
  FROM "score_link_5"
), "with_score" AS (
  SELECT
    "id",
    "rate",
    CASE
      WHEN "score_2" > CAST(1.0 AS DOUBLE)
      THEN CAST(1.0 AS DOUBLE)
      WHEN "score_2" > CAST(0.0 AS DOUBLE)
      THEN "score_2"
      ELSE CAST(0.0 AS DOUBLE)
    END AS "score" /* score: computed by the query, with version 1 of the model */
  FROM "score_link_6"
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  "id",
  "score"
FROM "with_score"
