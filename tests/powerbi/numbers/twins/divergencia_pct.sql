-- Divergência (%)
-- DAX 4879b213b173
SELECT SAFE_DIVIDE(SUM(divergencia_km), SUM(km_medido)) AS value
FROM marts.fct_km_divergence
WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
