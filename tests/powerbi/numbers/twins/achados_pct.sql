-- Achados (%)
-- DAX 5c18c5b89162
SELECT SAFE_DIVIDE(COUNTIF(achado = 'divergencia'), COUNT(*)) AS value
FROM marts.fct_km_divergence
WHERE nivel = 'janela' AND fonte = 'medicao' AND achado != 'sem_telemetria'
  AND janela_inicio >= DATE '2000-01-01'
