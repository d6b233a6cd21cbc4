-- Posição da transportadora
-- DAX c2a1b8ba501c
-- One row for each carrier: without one the measure is empty.
SELECT transportadora, DENSE_RANK() OVER (ORDER BY impacto DESC) AS value
FROM (
  SELECT transportadora, SUM(impacto_brl) AS impacto
  FROM marts.fct_km_divergence
  WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
  GROUP BY transportadora
)
WHERE impacto IS NOT NULL AND transportadora IS NOT NULL
