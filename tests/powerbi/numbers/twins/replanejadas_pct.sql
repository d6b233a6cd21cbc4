-- Replanejadas (%)
-- DAX 79a8ca735c6b
SELECT SAFE_DIVIDE(COUNTIF(replanejado), COUNT(*)) AS value
FROM marts.fct_occurrence
WHERE data >= DATE '2000-01-01'
