WITH `customer_truths` AS (
  SELECT
    `id`,
    CASE WHEN `orders` = 0 AND NOT COALESCE(`quiet`, FALSE) THEN TRUE ELSE FALSE END AS `truth_0`,
    CASE WHEN `quiet` THEN TRUE ELSE FALSE END AS `truth_1`,
    CASE WHEN `orders` >= 1 THEN TRUE ELSE FALSE END AS `truth_2`,
    CASE WHEN `orders` >= 3 AND `happy` THEN TRUE ELSE FALSE END AS `truth_3`
  FROM `customers`
)
/* customer, as of 2023-11-14 22:13:20 UTC, calendar days of UTC */
SELECT
  `key`,
  `from_stage`,
  `to_stage`,
  CASE
    WHEN `from_stage` IS NULL
    THEN 'entered'
    WHEN NOT `from_stage` IN ('prospect', 'buyer', 'regular', 'lost')
    THEN 'stage_removed'
    WHEN NOT `to_stage` IS NULL
    THEN 'progressed'
    ELSE 'exited'
  END AS `reason`
FROM (
  SELECT
    `customer_truths`.`id` AS `key`,
    `s`.`stage` AS `from_stage`,
    CASE `s`.`stage`
      WHEN 'prospect'
      THEN CASE
        WHEN `customer_truths`.`truth_2`
        THEN 'buyer'
        WHEN `customer_truths`.`truth_1`
        THEN NULL
        ELSE 'prospect'
      END
      WHEN 'buyer'
      THEN CASE
        WHEN `customer_truths`.`truth_3`
        THEN 'regular'
        WHEN `customer_truths`.`truth_1`
        THEN 'lost'
        ELSE 'buyer'
      END
      WHEN 'regular'
      THEN CASE WHEN `customer_truths`.`truth_1` THEN 'lost' ELSE 'regular' END
      WHEN 'lost'
      THEN CASE WHEN `customer_truths`.`truth_2` THEN 'buyer' ELSE 'lost' END
      ELSE CASE
        WHEN `customer_truths`.`truth_0`
        THEN 'prospect'
        WHEN `customer_truths`.`truth_2`
        THEN 'buyer'
        WHEN `customer_truths`.`truth_3`
        THEN 'regular'
        WHEN `customer_truths`.`truth_1`
        THEN 'lost'
        ELSE NULL
      END
    END AS `to_stage`
  FROM `customer_truths`
  LEFT JOIN `segue`.`stages` AS `s`
    ON `s`.`lifecycle` = 'customer' AND `s`.`key` = `customer_truths`.`id`
) AS `everybody`
WHERE
  COALESCE(`from_stage`, '') <> COALESCE(`to_stage`, '')
