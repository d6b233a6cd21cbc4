-- Ocorrências
-- DAX 46052e160bd1
SELECT COUNT(*) AS value
FROM marts.fct_occurrence
WHERE data >= DATE '2000-01-01'
