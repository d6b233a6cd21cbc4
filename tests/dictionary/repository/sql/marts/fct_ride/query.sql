SELECT
  r.day,
  r.ride,
  r.driver_hash AS driver,
  r.km,
  ARRAY_LENGTH(r.stops) AS stops,
  'ride' AS kind
FROM curated.rides AS r
WHERE r.day IN UNNEST(@days)
