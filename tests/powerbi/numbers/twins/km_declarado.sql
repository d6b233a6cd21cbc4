-- Km declarado
-- DAX 94cfd84113fb
SELECT SUM(km_declarado) AS value
FROM marts.fct_km_divergence
WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
