WITH "CUSTOMER_TRUTHS" AS (
  SELECT
    "ID",
    CASE WHEN "ORDERS" = 0 AND NOT COALESCE("QUIET", FALSE) THEN TRUE ELSE FALSE END AS "TRUTH_0",
    CASE WHEN "QUIET" THEN TRUE ELSE FALSE END AS "TRUTH_1",
    CASE WHEN "ORDERS" >= 1 THEN TRUE ELSE FALSE END AS "TRUTH_2",
    CASE WHEN "ORDERS" >= 3 AND "HAPPY" THEN TRUE ELSE FALSE END AS "TRUTH_3"
  FROM "CUSTOMERS"
)
/* customer, as of 2023-11-14 22:13:20 UTC, calendar days of UTC */
SELECT
  "KEY",
  "FROM_STAGE",
  "TO_STAGE",
  CASE
    WHEN "FROM_STAGE" IS NULL
    THEN 'entered'
    WHEN NOT "FROM_STAGE" IN ('prospect', 'buyer', 'regular', 'lost')
    THEN 'stage_removed'
    WHEN NOT "TO_STAGE" IS NULL
    THEN 'progressed'
    ELSE 'exited'
  END AS "REASON"
FROM (
  SELECT
    "CUSTOMER_TRUTHS"."ID" AS "KEY",
    "S"."STAGE" AS "FROM_STAGE",
    CASE "S"."STAGE"
      WHEN 'prospect'
      THEN CASE
        WHEN "CUSTOMER_TRUTHS"."TRUTH_2"
        THEN 'buyer'
        WHEN "CUSTOMER_TRUTHS"."TRUTH_1"
        THEN NULL
        ELSE 'prospect'
      END
      WHEN 'buyer'
      THEN CASE
        WHEN "CUSTOMER_TRUTHS"."TRUTH_3"
        THEN 'regular'
        WHEN "CUSTOMER_TRUTHS"."TRUTH_1"
        THEN 'lost'
        ELSE 'buyer'
      END
      WHEN 'regular'
      THEN CASE WHEN "CUSTOMER_TRUTHS"."TRUTH_1" THEN 'lost' ELSE 'regular' END
      WHEN 'lost'
      THEN CASE WHEN "CUSTOMER_TRUTHS"."TRUTH_2" THEN 'buyer' ELSE 'lost' END
      ELSE CASE
        WHEN "CUSTOMER_TRUTHS"."TRUTH_0"
        THEN 'prospect'
        WHEN "CUSTOMER_TRUTHS"."TRUTH_2"
        THEN 'buyer'
        WHEN "CUSTOMER_TRUTHS"."TRUTH_3"
        THEN 'regular'
        WHEN "CUSTOMER_TRUTHS"."TRUTH_1"
        THEN 'lost'
        ELSE NULL
      END
    END AS "TO_STAGE"
  FROM "CUSTOMER_TRUTHS"
  LEFT JOIN "SEGUE"."STAGES" AS "S"
    ON "S"."LIFECYCLE" = 'customer' AND "S"."KEY" = "CUSTOMER_TRUTHS"."ID"
) AS "EVERYBODY"
WHERE
  COALESCE("FROM_STAGE", '') <> COALESCE("TO_STAGE", '')
