SELECT DISTINCT
  device,
  read_date
FROM curated.readings
WHERE read_date IN UNNEST(@days)
