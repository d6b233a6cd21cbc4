SELECT
  device,
  read_date,
  CAST(SUM(distance) AS FLOAT64) AS km
FROM curated.readings
WHERE read_date IN UNNEST(@days)
GROUP BY device, read_date
