SELECT
  device,
  read_date,
  SUM(distanse) AS km
FROM curated.readings
WHERE read_date IN UNNEST(@days)
GROUP BY device, read_date
