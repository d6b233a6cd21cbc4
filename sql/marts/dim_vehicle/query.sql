-- The fleet as it is registered now, with plates and carriers in one spelling.
SELECT
  device_id,
  CONCAT(
    SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
    TRANSLATE(
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
    ),
    SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
  ) AS placa,
  placa AS placa_cadastrada,
  IF(REGEXP_CONTAINS(placa, r'[0-9]{4}$'), 'antiga', 'mercosul') AS formato_placa,
  tipo,
  frota,
  unidade,
  CASE
    WHEN REGEXP_CONTAINS(transportadora, r'(?i)^\s*sertran\s*([(,].*)?$') THEN 'Sertran'
    WHEN REGEXP_CONTAINS(transportadora, r'(?i)^\s*conlog\s*([(,].*)?$') THEN 'Conlog'
    ELSE TRIM(transportadora)
  END AS transportadora,
  assentos
FROM curated.vehicles
