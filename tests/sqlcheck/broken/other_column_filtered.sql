SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.readings
WHERE DATE(read_at) IN UNNEST(@days)
GROUP BY device, read_date
