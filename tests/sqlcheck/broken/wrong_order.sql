SELECT
  read_date,
  device,
  SUM(distance) AS km
FROM curated.readings
WHERE read_date IN UNNEST(@days)
GROUP BY device, read_date
