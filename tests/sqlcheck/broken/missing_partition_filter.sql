SELECT
  r.device,
  r.read_date,
  SUM(r.distance) AS km
FROM curated.readings AS r
INNER JOIN UNNEST(@days) AS day ON r.read_date = day
GROUP BY r.device, r.read_date
