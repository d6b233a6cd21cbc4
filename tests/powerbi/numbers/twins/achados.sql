-- Achados
-- DAX 6cd967274841
SELECT COUNTIF(achado = 'divergencia') AS value
FROM marts.fct_km_divergence
WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
