SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.readings
WHERE read_date >= @first_day
GROUP BY device, read_date
