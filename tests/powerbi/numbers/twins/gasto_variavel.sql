-- Gasto variável
-- DAX 5d37cf6b04d1
SELECT SUM(gasto_variavel) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
