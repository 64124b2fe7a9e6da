WITH "purchases_scan" AS (
  SELECT
    "customer_id" AS "entity_key",
    SUM(
      CASE
        WHEN "bought_at" > CAST('2024-05-02 00:00:00.000000' AS TIMESTAMP)
        AND "bought_at" <= CAST('2024-06-01 00:00:00.000000' AS TIMESTAMP)
        THEN "amount_value"
      END
    ) AS "sum_purchase_amount_dates",
    SUM(
      CASE
        WHEN "bought_at" > CAST('2024-04-02 00:00:00.000000' AS TIMESTAMP)
        AND "bought_at" <= CAST('2024-05-02 00:00:00.000000' AS TIMESTAMP)
        THEN "amount_value"
      END
    ) AS "sum_purchase_amount_dates_2",
    MAX(
      CASE
        WHEN "bought_at" <= CAST('2024-05-02 00:00:00.000000' AS TIMESTAMP)
        THEN "bought_at"
      END
    ) AS "last_purchase_dates",
    SUM(
      CASE
        WHEN "bought_at" > CAST('2024-06-01 00:00:00.000000' AS TIMESTAMP)
        THEN "amount_value"
      END
    ) AS "sum_purchase_amount_dates_3",
    MAX(
      CASE
        WHEN "bought_at" <= CAST('2024-06-01 00:00:00.000000' AS TIMESTAMP)
        THEN "bought_at"
      END
    ) AS "last_purchase_dates_2"
  FROM (
    SELECT
      *,
      CASE
        WHEN ABS("amount") <= 90000000000000000
        THEN CAST(FLOOR("amount" * 100. + 0.5) AS BIGINT)
      END AS "amount_value"
    FROM "purchases"
  ) AS "purchases"
  WHERE
    "bought_at" <= CAST('2024-07-01 00:00:00.000000' AS TIMESTAMP)
    AND NOT "customer_id" IS NULL
  GROUP BY
    "customer_id"
), "customer_events" AS (
  SELECT
    "r"."customer_id",
    "r"."country",
    "r"."signed_up_at",
    COALESCE(CAST("purchases_scan"."sum_purchase_amount_dates" AS BIGINT), 0) AS "sum_purchase_amount_dates",
    COALESCE(CAST("purchases_scan"."sum_purchase_amount_dates_2" AS BIGINT), 0) AS "sum_purchase_amount_dates_2",
    EPOCH_US("purchases_scan"."last_purchase_dates") AS "last_purchase_dates",
    COALESCE(CAST("purchases_scan"."sum_purchase_amount_dates_3" AS BIGINT), 0) AS "sum_purchase_amount_dates_3",
    EPOCH_US("purchases_scan"."last_purchase_dates_2") AS "last_purchase_dates_2"
  FROM "customers" AS "r"
  LEFT JOIN "purchases_scan"
    ON "purchases_scan"."entity_key" = "r"."customer_id"
)
SELECT
  "customer_id",
  1714608000000000 AS "snapshot",
  "sum_purchase_amount_dates_2" AS "feature_1",
  1714608000000000 - "last_purchase_dates" AS "feature_2",
  "country" AS "feature_3",
  "sum_purchase_amount_dates" AS "label"
FROM "customer_events"
WHERE
  NOT "customer_id" IS NULL AND EPOCH_US("signed_up_at") <= 1714608000000000
/* as of 2024-07-01 00:00:00 UTC, calendar days of UTC */
UNION ALL
SELECT
  "customer_id",
  1717200000000000 AS "snapshot",
  "sum_purchase_amount_dates" AS "feature_1",
  1717200000000000 - "last_purchase_dates_2" AS "feature_2",
  "country" AS "feature_3",
  "sum_purchase_amount_dates_3" AS "label"
FROM "customer_events"
WHERE
  NOT "customer_id" IS NULL AND EPOCH_US("signed_up_at") <= 1717200000000000
