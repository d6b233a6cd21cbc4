WITH first_seen AS (
  SELECT
    device,
    MIN(read_date) AS first_day
  FROM curated.readings
  GROUP BY device
)

SELECT
  r.device,
  r.read_date,
  SUM(r.distance) AS km
FROM curated.readings AS r
INNER JOIN first_seen AS f ON r.device = f.device AND r.read_date > f.first_day
WHERE r.read_date IN UNNEST(@days)
GROUP BY r.device, r.read_date
