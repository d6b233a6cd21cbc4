SELECT
  device,
  read_date,
  SUM(distance) AS km
FROM curated.readings
WHERE read_date BETWEEN '2020-01-01' AND '2030-01-01' AND ARRAY_LENGTH(@days) > 0
GROUP BY device, read_date
