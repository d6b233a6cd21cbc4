-- Impacto (R$)
-- DAX 4a76494259e0
SELECT SUM(impacto_brl) AS value
FROM marts.fct_km_divergence
WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
