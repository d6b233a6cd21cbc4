SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.readings
WHERE DATE_TRUNC(read_date, DAY) IN UNNEST(@days)
GROUP BY device, read_date
