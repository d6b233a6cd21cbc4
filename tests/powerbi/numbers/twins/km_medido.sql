-- Km medido
-- DAX b4fe5ec27d28
SELECT SUM(km_medido) AS value
FROM marts.fct_km_divergence
WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
