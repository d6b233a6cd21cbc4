-- Dia do D-1
-- DAX d004abd4de89
SELECT MAX(dia) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
  AND dia < CURRENT_DATE('America/Sao_Paulo')
