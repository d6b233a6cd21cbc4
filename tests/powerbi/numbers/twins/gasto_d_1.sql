-- Gasto D-1
-- DAX b07e31f99402
SELECT COALESCE(SUM(gasto_variavel), 0) + COALESCE(SUM(gasto_fixo), 0) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia = (
    SELECT MAX(dia)
    FROM marts.rpt_d1
    WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
      AND dia < CURRENT_DATE('America/Sao_Paulo')
  )
