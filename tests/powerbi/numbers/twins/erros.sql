-- Erros
-- DAX e9e513526f4c
SELECT SUM(erros) AS value
FROM marts.fct_service_hour
WHERE log_date >= DATE '2000-01-01'
