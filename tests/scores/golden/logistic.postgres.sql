WITH "score_columns" AS MATERIALIZED (
  SELECT
    "id",
    "rate",
    CASE
      WHEN ABS("rate") <= CAST(1.7976931348623157e+308 AS DOUBLE PRECISION)
      THEN CAST("rate" AS DOUBLE PRECISION)
    END AS "rate_2"
  FROM "people"
), "score_scaled" AS MATERIALIZED (
  SELECT
    *,
    (
      CASE
        WHEN "rate_2" > CAST(1e+50 AS DOUBLE PRECISION)
        THEN CAST(1e+50 AS DOUBLE PRECISION)
        WHEN "rate_2" < CAST(-1E+50 AS DOUBLE PRECISION)
        THEN CAST(-1E+50 AS DOUBLE PRECISION)
        WHEN ABS("rate_2") < CAST(1e-50 AS DOUBLE PRECISION)
        THEN CAST(0.0 AS DOUBLE PRECISION)
        ELSE "rate_2"
      END - CAST(0.25 AS DOUBLE PRECISION)
    ) / CAST(0.125 AS DOUBLE PRECISION) AS "rate_2_scaled"
  FROM "score_columns"
), "score_sum" AS MATERIALIZED (
  SELECT
    *,
    CAST(-1.0 AS DOUBLE PRECISION) + CAST(2.5 AS DOUBLE PRECISION) * "rate_2_scaled" AS "score_total"
  FROM "score_scaled"
), "score_link" AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN ABS("score_total") < CAST(300.0 AS DOUBLE PRECISION)
      THEN CASE
        WHEN "score_total" < CAST(0.0 AS DOUBLE PRECISION)
        THEN "score_total"
        ELSE -"score_total"
      END
      ELSE CAST(-300.0 AS DOUBLE PRECISION)
    END AS "below_0"
  FROM "score_sum"
), "score_link_2" AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN ABS(
        CAST(0.5 AS DOUBLE PRECISION) - (
          "below_0" * CAST(1.4426950408889634 AS DOUBLE PRECISION)
        )
      ) <= CAST(9007199254740992.0 AS DOUBLE PRECISION)
      THEN CAST(FLOOR(
        CAST(0.5 AS DOUBLE PRECISION) - (
          "below_0" * CAST(1.4426950408889634 AS DOUBLE PRECISION)
        )
      ) AS BIGINT)
    END AS "halvings"
  FROM "score_link"
), "score_link_3" AS MATERIALIZED (
  SELECT
    *,
    (
      CAST("halvings" AS DOUBLE PRECISION) * CAST(0.6931471803691238 AS DOUBLE PRECISION) + "below_0"
    ) + CAST("halvings" AS DOUBLE PRECISION) * CAST(1.9082149292705877e-10 AS DOUBLE PRECISION) AS "r_2"
  FROM "score_link_2"
), "score_link_4" AS MATERIALIZED (
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
                            CAST(1.6059043836821613e-10 AS DOUBLE PRECISION) * "r_2" + CAST(2.08767569878681e-09 AS DOUBLE PRECISION)
                          ) * "r_2" + CAST(2.505210838544172e-08 AS DOUBLE PRECISION)
                        ) * "r_2" + CAST(2.755731922398589e-07 AS DOUBLE PRECISION)
                      ) * "r_2" + CAST(2.7557319223985893e-06 AS DOUBLE PRECISION)
                    ) * "r_2" + CAST(2.48015873015873e-05 AS DOUBLE PRECISION)
                  ) * "r_2" + CAST(0.0001984126984126984 AS DOUBLE PRECISION)
                ) * "r_2" + CAST(0.001388888888888889 AS DOUBLE PRECISION)
              ) * "r_2" + CAST(0.008333333333333333 AS DOUBLE PRECISION)
            ) * "r_2" + CAST(0.041666666666666664 AS DOUBLE PRECISION)
          ) * "r_2" + CAST(0.16666666666666666 AS DOUBLE PRECISION)
        ) * "r_2" + CAST(0.5 AS DOUBLE PRECISION)
      ) * "r_2" + CAST(1.0 AS DOUBLE PRECISION)
    ) * "r_2" + CAST(1.0 AS DOUBLE PRECISION) AS "power_of_r"
  FROM "score_link_3"
), "score_link_5" AS MATERIALIZED (
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
                      "power_of_r" * CASE
                        WHEN "halvings" % 2 >= 1
                        THEN CAST(0.5 AS DOUBLE PRECISION)
                        ELSE CAST(1.0 AS DOUBLE PRECISION)
                      END
                    ) * CASE
                      WHEN "halvings" % 4 >= 2
                      THEN CAST(0.25 AS DOUBLE PRECISION)
                      ELSE CAST(1.0 AS DOUBLE PRECISION)
                    END
                  ) * CASE
                    WHEN "halvings" % 8 >= 4
                    THEN CAST(0.0625 AS DOUBLE PRECISION)
                    ELSE CAST(1.0 AS DOUBLE PRECISION)
                  END
                ) * CASE
                  WHEN "halvings" % 16 >= 8
                  THEN CAST(0.00390625 AS DOUBLE PRECISION)
                  ELSE CAST(1.0 AS DOUBLE PRECISION)
                END
              ) * CASE
                WHEN "halvings" % 32 >= 16
                THEN CAST(1.52587890625e-05 AS DOUBLE PRECISION)
                ELSE CAST(1.0 AS DOUBLE PRECISION)
              END
            ) * CASE
              WHEN "halvings" % 64 >= 32
              THEN CAST(2.3283064365386963e-10 AS DOUBLE PRECISION)
              ELSE CAST(1.0 AS DOUBLE PRECISION)
            END
          ) * CASE
            WHEN "halvings" % 128 >= 64
            THEN CAST(5.421010862427522e-20 AS DOUBLE PRECISION)
            ELSE CAST(1.0 AS DOUBLE PRECISION)
          END
        ) * CASE
          WHEN "halvings" % 256 >= 128
          THEN CAST(2.938735877055719e-39 AS DOUBLE PRECISION)
          ELSE CAST(1.0 AS DOUBLE PRECISION)
        END
      ) * CASE
        WHEN "halvings" % 512 >= 256
        THEN CAST(8.636168555094445e-78 AS DOUBLE PRECISION)
        ELSE CAST(1.0 AS DOUBLE PRECISION)
      END
    ) * CASE
      WHEN "halvings" % 1024 >= 512
      THEN CAST(7.458340731200207e-155 AS DOUBLE PRECISION)
      ELSE CAST(1.0 AS DOUBLE PRECISION)
    END AS "power_of_e"
  FROM "score_link_4"
), "score_link_6" AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN "score_total" < CAST(-300.0 AS DOUBLE PRECISION)
      THEN CAST(0.0 AS DOUBLE PRECISION)
      WHEN "score_total" < CAST(0.0 AS DOUBLE PRECISION)
      THEN "power_of_e" / (
        CAST(1.0 AS DOUBLE PRECISION) + "power_of_e"
      )
      ELSE CAST(1.0 AS DOUBLE PRECISION) / (
        CAST(1.0 AS DOUBLE PRECISION) + "power_of_e"
      )
    END AS "score_2"
  FROM "score_link_5"
), "with_score" AS MATERIALIZED (
  SELECT
    "id",
    "rate",
    CASE
      WHEN "score_2" > CAST(1.0 AS DOUBLE PRECISION)
      THEN CAST(1.0 AS DOUBLE PRECISION)
      WHEN "score_2" > CAST(0.0 AS DOUBLE PRECISION)
      THEN "score_2"
      ELSE CAST(0.0 AS DOUBLE PRECISION)
    END AS "score" /* score: computed by the query, with version 1 of the model */
  FROM "score_link_6"
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  "id",
  "score"
FROM "with_score"
