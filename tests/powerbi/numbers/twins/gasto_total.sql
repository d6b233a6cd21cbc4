-- Gasto total
-- DAX bdf41182d09b
SELECT COALESCE(SUM(gasto_variavel), 0) + COALESCE(SUM(gasto_fixo), 0) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
