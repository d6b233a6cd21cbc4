-- Gasto fixo
-- DAX bda3d34d8c50
SELECT SUM(gasto_fixo) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
