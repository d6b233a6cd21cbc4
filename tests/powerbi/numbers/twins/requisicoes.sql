-- Requisições
-- DAX bcb3470eb413
SELECT SUM(requests) AS value
FROM marts.fct_service_hour
WHERE log_date >= DATE '2000-01-01'
