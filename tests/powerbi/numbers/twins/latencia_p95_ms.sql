-- Latência p95 (ms)
-- DAX 11007f8e115b
SELECT MAX(p95_ms) AS value
FROM marts.fct_service_hour
WHERE log_date >= DATE '2000-01-01'
