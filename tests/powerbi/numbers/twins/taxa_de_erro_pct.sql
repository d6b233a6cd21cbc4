-- Taxa de erro (%)
-- DAX 9fb9cd432d22
SELECT SAFE_DIVIDE(SUM(erros), SUM(requests)) AS value
FROM marts.fct_service_hour
WHERE log_date >= DATE '2000-01-01'
