-- Km rodado
-- DAX fd613e378899
SELECT SUM(km_dia) AS value
FROM marts.fct_vehicle_day
WHERE dia >= DATE '2000-01-01'
