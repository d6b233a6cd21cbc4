SELECT
  COUNT(DISTINCT f.driver) AS drivers,
  COUNT(*) AS rides,
  SUM(f.km) AS km
FROM marts.fct_ride AS f
WHERE f.day >= DATE '2025-01-01'
