SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.readings
WHERE read_date >= @days[OFFSET(0)]
GROUP BY device, read_date
