-- Ocorrências atrasadas
-- DAX 1e3581edac1d
SELECT COUNTIF(status = 'Atrasado') AS value
FROM marts.fct_occurrence
WHERE data >= DATE '2000-01-01'
