WITH readings AS (
  SELECT
    *,
    distance AS km
  FROM curated.readings
  WHERE read_date IN UNNEST(@days)
)

SELECT
  device,
  read_date,
  SUM(km) AS km
FROM readings
GROUP BY device, read_date
