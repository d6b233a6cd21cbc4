-- Ocorrências abertas
-- DAX 611b53b6e803
SELECT COUNTIF(status != 'Concluído') AS value
FROM marts.fct_occurrence
WHERE data >= DATE '2000-01-01'
