-- Atraso médio (min)
-- DAX 5dfa97c2a4cb
SELECT AVG(tempo_atraso_min) AS value
FROM marts.fct_occurrence
WHERE data >= DATE '2000-01-01'
