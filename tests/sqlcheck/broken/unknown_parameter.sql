SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.readings
WHERE
  read_date IN UNNEST(@days)
  AND read_date > @since
GROUP BY device, read_date
