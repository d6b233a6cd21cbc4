-- Custo por km
-- DAX 08ead37b8361
SELECT SAFE_DIVIDE(COALESCE(SUM(gasto_variavel), 0) + COALESCE(SUM(gasto_fixo), 0), SUM(km)) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01' AND gasto_total IS NOT NULL
