WITH `interest_changes` AS (
  SELECT
    `person_id` AS `entity_key`,
    UNIX_MICROS(`happened_at`) AS `at`,
    1 AS `value`,
    0 AS `place`,
    1 AS `keeps`
  FROM `clicks`
  WHERE
    (
      `happened_at` <= CAST('2024-03-20 12:00:00.000000+00:00' AS TIMESTAMP)
      AND NOT `person_id` IS NULL
      AND `kind` = 'view'
    )
    AND SUBSTR(`page`, 1, 8) = '/product'
  UNION ALL
  SELECT
    `person_id` AS `entity_key`,
    TIMESTAMPDIFF(MICROSECOND, CAST('1970-01-01 00:00:00' AS TIMESTAMP_NTZ), `placed_at`) AS `at`,
    10 AS `value`,
    1 AS `place`,
    0 AS `keeps`
  FROM `orders`
  WHERE
    `placed_at` <= CAST('2024-03-20 12:00:00.000000' AS TIMESTAMP_NTZ)
    AND NOT `person_id` IS NULL
), `interest_scan` AS (
  SELECT
    `entity_key`,
    AGGREGATE(
      ARRAY_SORT(COLLECT_LIST(STRUCT(`at`, `place`, `value`, `keeps`))),
      CAST(0 AS BIGINT),
      (`s`, `x`) -> CAST(LEAST(GREATEST(`s` * (
        `x`.`keeps`
      ) + (
        `x`.`value`
      ), 0), 10) AS BIGINT)
    ) AS `interest`
  FROM `interest_changes`
  GROUP BY
    `entity_key`
), `person_events` AS (
  SELECT
    `r`.`person_id`,
    COALESCE(`interest_scan`.`interest`, 0) AS `interest`
  FROM `people` AS `r`
  LEFT JOIN `interest_scan`
    ON `interest_scan`.`entity_key` = `r`.`person_id`
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  `person_id`,
  `interest`,
  `interest` >= 8 AS `warm`
FROM `person_events`
