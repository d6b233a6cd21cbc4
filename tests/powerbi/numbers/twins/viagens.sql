-- Viagens
-- DAX 3291453d7ece
SELECT SUM(viagens) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
