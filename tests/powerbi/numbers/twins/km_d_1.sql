-- Km D-1
-- DAX e082b194c400
SELECT SUM(km) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia = (
    SELECT MAX(dia)
    FROM marts.rpt_d1
    WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
      AND dia < CURRENT_DATE('America/Sao_Paulo')
  )
