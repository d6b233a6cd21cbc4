-- Gasto D-1 contra 7 dias (%)
-- DAX 4c55280863a4
WITH by_day AS (
  SELECT dia, COALESCE(SUM(gasto_variavel), 0) + COALESCE(SUM(gasto_fixo), 0) AS gasto
  FROM marts.rpt_d1
  WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
    AND (gasto_variavel IS NOT NULL OR gasto_fixo IS NOT NULL)
  GROUP BY dia
),

d1 AS (
  SELECT MAX(dia) AS dia
  FROM marts.rpt_d1
  WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
    AND dia < CURRENT_DATE('America/Sao_Paulo')
),

compared AS (
  SELECT
    MAX(IF(b.dia = d.dia, b.gasto, NULL)) AS gasto,
    AVG(IF(b.dia < d.dia AND b.dia >= DATE_SUB(d.dia, INTERVAL 7 DAY), b.gasto, NULL)) AS media
  FROM by_day AS b
  CROSS JOIN d1 AS d
)

SELECT SAFE_DIVIDE(gasto - media, media) AS value
FROM compared
