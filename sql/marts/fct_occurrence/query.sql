-- Occurrences with the vehicle that they are about, and how far their plan was put off.
-- Fleet numbers are painted by carriers: where several vehicles of a unit have the same, nobody
-- knows which one it was.
WITH fleet_numbers AS (
  SELECT
    unidade,
    frota,
    MAX(device_id) AS device_id,
    MAX(
      CONCAT(
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
        TRANSLATE(
          SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
        ),
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
      )
    ) AS placa
  FROM curated.vehicles
  GROUP BY unidade, frota
  HAVING COUNT(*) = 1
)

SELECT
  o.unidade,
  o.frota,
  o.data,
  o.evento,
  v.placa,
  v.device_id,
  CASE
    WHEN REGEXP_CONTAINS(o.transportadora, r'(?i)^\s*sertran\s*([(,].*)?$') THEN 'Sertran'
    WHEN REGEXP_CONTAINS(o.transportadora, r'(?i)^\s*conlog\s*([(,].*)?$') THEN 'Conlog'
    ELSE TRIM(o.transportadora)
  END AS transportadora,
  o.tempo_atraso_min,
  o.categoria,
  o.responsavel_hash,
  o.status,
  o.causa_raiz,
  o.prazo_baseline,
  o.prazo_revisado,
  COALESCE(o.prazo_revisado, o.prazo_baseline) AS prazo,
  o.prazo_revisado IS NOT NULL
  AND o.prazo_revisado IS DISTINCT FROM o.prazo_baseline AS replanejado,
  IF(
    o.prazo_revisado IS NULL, 0, DATE_DIFF(o.prazo_revisado, o.prazo_baseline, DAY)
  ) AS dias_de_replanejamento
FROM curated.occurrences AS o
LEFT JOIN fleet_numbers AS v ON o.unidade = v.unidade AND o.frota = v.frota
WHERE o.data IN UNNEST(@days)
