-- Latência mediana (ms)
-- DAX f7f9b4c67596
SELECT SAFE_DIVIDE(SUM(p50_ms * requests), SUM(requests)) AS value
FROM marts.fct_service_hour
WHERE log_date >= DATE '2000-01-01' AND p50_ms IS NOT NULL
