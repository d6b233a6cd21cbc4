SELECT
  device,
  read_date,
  SUM(distance) AS km,
  COUNT(*) AS readings
FROM curated.readings
WHERE read_date IN UNNEST(@days)
GROUP BY device, read_date
