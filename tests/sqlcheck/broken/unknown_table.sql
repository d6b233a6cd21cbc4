SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.reading
WHERE read_date IN UNNEST(@days)
GROUP BY device, read_date
