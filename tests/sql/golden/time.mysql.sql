WITH `clicks_scan` AS (
  SELECT
    `person_id` AS `entity_key`,
    MAX(UNIX_TIMESTAMP(`happened_at`)) AS `last_view`,
    COUNT(
      CASE
        WHEN UNIX_TIMESTAMP(`happened_at`) > 1710734399.999999
        AND (
          (
            (
              CAST(UNIX_TIMESTAMP(`happened_at`) * 1000000 AS SIGNED) + (
                -14400000000
              )
            ) + 4611685968000000000
          ) % 86400000000
        ) DIV 3600000000 < 6
        THEN 1
      END
    ) AS `nights`
  FROM `clicks`
  WHERE
    UNIX_TIMESTAMP(`happened_at`) <= 1710936000.000000
    AND NOT `person_id` IS NULL
    AND CAST(CAST(`kind` AS CHAR CHARACTER SET utf8mb4) AS BINARY) = _binary 'view'
  GROUP BY
    `person_id`
), `person_events` AS (
  SELECT
    `r`.`person_id`,
    `r`.`born`,
    CAST(`clicks_scan`.`last_view` * 1000000 AS SIGNED) AS `last_view`,
    COALESCE(`clicks_scan`.`nights`, 0) AS `nights`
  FROM `people` AS `r`
  LEFT JOIN `clicks_scan`
    ON `clicks_scan`.`entity_key` = `r`.`person_id`
), `person_metrics` AS (
  SELECT
    *,
    1710936000000000 - `last_view` AS `quiet`,
    COALESCE(
      (
        MONTH(`born`) * 100 + DAY(`born`)
      ) IN (320, 321, 322, 323, 324, 325, 326, 327),
      FALSE
    ) AS `birthday`
  FROM `person_events`
)
/* as of 2024-03-20 12:00:00 UTC, calendar days of America/New_York */
SELECT
  `person_id`,
  `quiet`,
  `nights`,
  `birthday`,
  COALESCE(`quiet` >= 2592000000000, FALSE) AND `nights` = 0 AND `birthday` AS `asleep`
FROM `person_metrics`
