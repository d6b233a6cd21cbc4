-- Quedas
-- DAX 8826fba544f5
SELECT SUM(quedas) AS value
FROM marts.fct_service_hour
WHERE log_date >= DATE '2000-01-01'
