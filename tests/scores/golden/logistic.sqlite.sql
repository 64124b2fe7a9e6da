WITH "score_columns" AS MATERIALIZED (
  SELECT
    "id",
    "rate",
    CASE
      WHEN ABS("rate") <= CAST(1.7976931348623157e+308 AS REAL)
      THEN CAST("rate" AS REAL)
    END AS "rate_2"
  FROM "people"
), "score_scaled" AS MATERIALIZED (
  SELECT
    *,
    (
      CASE
        WHEN "rate_2" > (
          2407412430484045.0 * 72057594037927936.0 * 72057594037927936.0 * 8.0
        )
        THEN 2407412430484045.0 * 72057594037927936.0 * 72057594037927936.0 * 8.0
        WHEN "rate_2" < (
          -2407412430484045.0 * 72057594037927936.0 * 72057594037927936.0 * 8.0
        )
        THEN -2407412430484045.0 * 72057594037927936.0 * 72057594037927936.0 * 8.0
        WHEN ABS("rate_2") < (
          8424983333484575.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 2251799813685248.0
        )
        THEN CAST(0.0 AS REAL)
        ELSE "rate_2"
      END - CAST(0.25 AS REAL)
    ) / CAST(0.125 AS REAL) AS "rate_2_scaled"
  FROM "score_columns"
), "score_sum" AS MATERIALIZED (
  SELECT
    *,
    CAST(-1.0 AS REAL) + CAST(2.5 AS REAL) * "rate_2_scaled" AS "score_total"
  FROM "score_scaled"
), "score_link" AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN ABS("score_total") < CAST(300.0 AS REAL)
      THEN CASE
        WHEN "score_total" < CAST(0.0 AS REAL)
        THEN "score_total"
        ELSE -"score_total"
      END
      ELSE CAST(-300.0 AS REAL)
    END AS "below_0"
  FROM "score_sum"
), "score_link_2" AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN ABS(
        CAST(0.5 AS REAL) - (
          "below_0" * (
            3248660424278399.0 / 2251799813685248.0
          )
        )
      ) <= CAST(9007199254740992.0 AS REAL)
      THEN CAST(FLOOR(
        CAST(0.5 AS REAL) - (
          "below_0" * (
            3248660424278399.0 / 2251799813685248.0
          )
        )
      ) AS INTEGER)
    END AS "halvings"
  FROM "score_link"
), "score_link_3" AS MATERIALIZED (
  SELECT
    *,
    (
      CAST("halvings" AS REAL) * (
        2977044471.0 / 4294967296.0
      ) + "below_0"
    ) + CAST("halvings" AS REAL) * (
      3691024475790907.0 / 72057594037927936.0 / 268435456.0
    ) AS "r_2"
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
                            (
                              6212541674450185.0 / 72057594037927936.0 / 536870912.0
                            ) * "r_2" + (
                              630961263811347.0 / 72057594037927936.0 / 4194304.0
                            )
                          ) * "r_2" + (
                            1892883791434041.0 / 72057594037927936.0 / 1048576.0
                          )
                        ) * "r_2" + (
                          1301357606610903.0 / 72057594037927936.0 / 65536.0
                        )
                      ) * "r_2" + (
                        1626697008263629.0 / 72057594037927936.0 / 8192.0
                      )
                    ) * "r_2" + (
                      3660068268593165.0 / 72057594037927936.0 / 2048.0
                    )
                  ) * "r_2" + (
                    3660068268593165.0 / 72057594037927936.0 / 256.0
                  )
                ) * "r_2" + (
                  6405119470038039.0 / 72057594037927936.0 / 64.0
                )
              ) * "r_2" + (
                4803839602528529.0 / 72057594037927936.0 / 8.0
              )
            ) * "r_2" + (
              6004799503160661.0 / 72057594037927936.0 / 2.0
            )
          ) * "r_2" + (
            6004799503160661.0 / 36028797018963968.0
          )
        ) * "r_2" + CAST(0.5 AS REAL)
      ) * "r_2" + CAST(1.0 AS REAL)
    ) * "r_2" + CAST(1.0 AS REAL) AS "power_of_r"
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
                      "power_of_r" * CASE WHEN "halvings" % 2 >= 1 THEN CAST(0.5 AS REAL) ELSE CAST(1.0 AS REAL) END
                    ) * CASE WHEN "halvings" % 4 >= 2 THEN CAST(0.25 AS REAL) ELSE CAST(1.0 AS REAL) END
                  ) * CASE WHEN "halvings" % 8 >= 4 THEN 1.0 / 16.0 ELSE CAST(1.0 AS REAL) END
                ) * CASE WHEN "halvings" % 16 >= 8 THEN 1.0 / 256.0 ELSE CAST(1.0 AS REAL) END
              ) * CASE WHEN "halvings" % 32 >= 16 THEN 1.0 / 65536.0 ELSE CAST(1.0 AS REAL) END
            ) * CASE WHEN "halvings" % 64 >= 32 THEN 1.0 / 4294967296.0 ELSE CAST(1.0 AS REAL) END
          ) * CASE
            WHEN "halvings" % 128 >= 64
            THEN 1.0 / 72057594037927936.0 / 256.0
            ELSE CAST(1.0 AS REAL)
          END
        ) * CASE
          WHEN "halvings" % 256 >= 128
          THEN 1.0 / 72057594037927936.0 / 72057594037927936.0 / 65536.0
          ELSE CAST(1.0 AS REAL)
        END
      ) * CASE
        WHEN "halvings" % 512 >= 256
        THEN 1.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 4294967296.0
        ELSE CAST(1.0 AS REAL)
      END
    ) * CASE
      WHEN "halvings" % 1024 >= 512
      THEN 1.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 72057594037927936.0 / 256.0
      ELSE CAST(1.0 AS REAL)
    END AS "power_of_e"
  FROM "score_link_4"
), "score_link_6" AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN "score_total" < CAST(-300.0 AS REAL)
      THEN CAST(0.0 AS REAL)
      WHEN "score_total" < CAST(0.0 AS REAL)
      THEN "power_of_e" / (
        CAST(1.0 AS REAL) + "power_of_e"
      )
      ELSE CAST(1.0 AS REAL) / (
        CAST(1.0 AS REAL) + "power_of_e"
      )
    END AS "score_2"
  FROM "score_link_5"
), "with_score" AS MATERIALIZED (
  SELECT
    "id",
    "rate",
    CASE
      WHEN "score_2" > CAST(1.0 AS REAL)
      THEN CAST(1.0 AS REAL)
      WHEN "score_2" > CAST(0.0 AS REAL)
      THEN "score_2"
      ELSE CAST(0.0 AS REAL)
    END AS "score" /* score: computed by the query, with version 1 of the model */
  FROM "score_link_6"
)
/* as of 1970-01-01 00:00:00 UTC, calendar days of UTC */
SELECT
  "id",
  "score"
FROM "with_score"
