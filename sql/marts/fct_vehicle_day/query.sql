-- Distance of every vehicle on every day of @days, from the odometer.
-- A day whose odometer falls cannot be trusted: 0 km and outlier.
-- A registered vehicle that sent nothing that day: 0 km and faltante.
WITH readings AS (
  SELECT
    device_id,
    event_date AS dia,
    odometro_km,
    odometro_km - LAG(odometro_km) OVER (
      PARTITION BY device_id, event_date
      ORDER BY event_timestamp, odometro_km
    ) AS step_km
  FROM curated.telemetry_events
  WHERE event_date IN UNNEST(@days)
),

driven AS (
  SELECT
    device_id,
    dia,
    COUNT(*) AS eventos,
    MAX(odometro_km) - MIN(odometro_km) AS distance_km,
    COUNTIF(step_km < 0) > 0 AS outlier
  FROM readings
  GROUP BY device_id, dia
),

registered AS (
  SELECT
    v.device_id,
    dia
  FROM curated.vehicles AS v
  CROSS JOIN UNNEST(@days) AS dia
)

SELECT
  COALESCE(d.device_id, r.device_id) AS device_id,
  COALESCE(d.dia, r.dia) AS dia,
  v.placa,
  v.frota,
  v.unidade,
  CASE
    WHEN REGEXP_CONTAINS(v.transportadora, r'(?i)^\s*sertran\s*([(,].*)?$') THEN 'Sertran'
    WHEN REGEXP_CONTAINS(v.transportadora, r'(?i)^\s*conlog\s*([(,].*)?$') THEN 'Conlog'
    ELSE TRIM(v.transportadora)
  END AS transportadora,
  IF(COALESCE(d.outlier, FALSE), NUMERIC '0', COALESCE(d.distance_km, NUMERIC '0')) AS km_dia,
  COALESCE(d.eventos, 0) AS eventos,
  COALESCE(d.outlier, FALSE) AS outlier,
  d.device_id IS NULL AS faltante,
  COALESCE(d.outlier OR d.distance_km > 2000, FALSE) AS revisar
FROM driven AS d
FULL JOIN registered AS r
  ON d.device_id = r.device_id AND d.dia = r.dia
LEFT JOIN curated.vehicles AS v
  ON v.device_id = COALESCE(d.device_id, r.device_id)
