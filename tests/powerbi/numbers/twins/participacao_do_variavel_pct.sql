-- Participação do variável (%)
-- DAX 1b7692a5032e
SELECT SAFE_DIVIDE(SUM(gasto_variavel), COALESCE(SUM(gasto_variavel), 0) + COALESCE(SUM(gasto_fixo), 0)) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
