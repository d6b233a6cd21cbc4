-- The nine units, whether vehicles serve them or not.
WITH units AS (
  SELECT unidade
  FROM UNNEST(['UAE', 'UAT', 'UCP', 'UEL', 'UMV', 'URC', 'USL', 'UCR', 'UAL']) AS unidade
)

SELECT
  u.unidade,
  COUNT(v.device_id) AS veiculos,
  COALESCE(SUM(v.assentos), 0) AS assentos
FROM units AS u
LEFT JOIN curated.vehicles AS v ON u.unidade = v.unidade
GROUP BY u.unidade
