-- Declared distance against telemetry: drivers' bulletins by day and by measurement window, and
-- what carriers bill by window. Positive differences were paid for and not driven.
-- Plates are compared in one form: a vehicle keeps its identity when its plate is converted.
WITH vehicle_days AS (
  SELECT
    CONCAT(
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
      TRANSLATE(
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
      ),
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
    ) AS veiculo,
    dia,
    DATE_ADD(DATE_TRUNC(DATE_SUB(dia, INTERVAL 15 DAY), MONTH), INTERVAL 15 DAY) AS janela_inicio,
    device_id,
    frota,
    unidade,
    transportadora,
    km_dia,
    outlier,
    faltante
  FROM marts.fct_vehicle_day
  WHERE dia IN UNNEST(@days)
),

telemetry AS (
  SELECT
    veiculo,
    dia,
    SUM(km_dia) AS km,
    -- The distance is known where a device of the vehicle sent something, and none fell.
    NOT LOGICAL_AND(faltante) AND NOT LOGICAL_OR(outlier) AS trusted,
    MIN(device_id) AS first_device,
    MAX(device_id) AS last_device,
    ANY_VALUE(frota HAVING MAX device_id) AS frota,
    ANY_VALUE(unidade HAVING MAX device_id) AS unidade,
    ANY_VALUE(transportadora HAVING MAX device_id) AS transportadora
  FROM vehicle_days
  GROUP BY veiculo, dia
),

elapsed AS (
  SELECT
    janela_inicio,
    MAX(dia) AS ultimo_dia
  FROM vehicle_days
  WHERE NOT faltante
  GROUP BY janela_inicio
),

runs AS (
  SELECT
    CONCAT(
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
      TRANSLATE(
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
      ),
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
    ) AS veiculo,
    data AS dia,
    DATE_ADD(DATE_TRUNC(DATE_SUB(data, INTERVAL 15 DAY), MONTH), INTERVAL 15 DAY) AS janela_inicio,
    empresa,
    km_rota
  FROM curated.km_bulletins
  WHERE data IN UNNEST(@days)
),

bulletins AS (
  SELECT
    veiculo,
    janela_inicio,
    dia,
    SUM(km_rota) AS km,
    MAX(empresa) AS empresa
  FROM runs
  GROUP BY veiculo, janela_inicio, dia
),

routes AS (
  SELECT
    CONCAT(
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
      TRANSLATE(
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
      ),
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
    ) AS veiculo,
    periodo_inicio,
    empresa,
    frota,
    unidade,
    km_rodado,
    valor_km,
    total_variavel
  FROM curated.contract_measurements
  WHERE periodo_inicio BETWEEN DATE_SUB(@first_day, INTERVAL 92 DAY) AND @last_day
),

-- A price holds from its window on, until the next window's or for 92 days.
measurements AS (
  SELECT
    veiculo,
    periodo_inicio,
    LEAST(
      DATE_ADD(periodo_inicio, INTERVAL 93 DAY),
      LEAD(periodo_inicio, 1, DATE '9999-12-31') OVER (PARTITION BY veiculo ORDER BY periodo_inicio)
    ) AS fim_do_preco,
    SUM(km_rodado) AS km,
    COALESCE(SAFE_DIVIDE(SUM(total_variavel), SUM(km_rodado)), AVG(valor_km)) AS valor_km,
    MAX(empresa) AS empresa,
    MAX(frota) AS frota,
    MAX(unidade) AS unidade
  FROM routes
  GROUP BY veiculo, periodo_inicio
),

-- What somebody declared, and the days that it is about.
declared AS (
  SELECT
    'dia' AS nivel,
    'boletim' AS fonte,
    veiculo,
    janela_inicio,
    dia,
    km,
    [dia] AS dias,
    CAST(NULL AS STRING) AS frota,
    CAST(NULL AS STRING) AS unidade,
    empresa
  FROM bulletins
  UNION ALL
  SELECT
    'janela' AS nivel,
    'boletim' AS fonte,
    veiculo,
    janela_inicio,
    NULL AS dia,
    SUM(km) AS km,
    ARRAY_AGG(dia) AS dias,
    NULL AS frota,
    NULL AS unidade,
    MAX(empresa) AS empresa
  FROM bulletins
  GROUP BY veiculo, janela_inicio
  UNION ALL
  SELECT
    'janela' AS nivel,
    'medicao' AS fonte,
    m.veiculo,
    m.periodo_inicio AS janela_inicio,
    NULL AS dia,
    m.km,
    GENERATE_DATE_ARRAY(m.periodo_inicio, e.ultimo_dia) AS dias,
    m.frota,
    m.unidade,
    m.empresa
  FROM measurements AS m
  LEFT JOIN elapsed AS e ON m.periodo_inicio = e.janela_inicio
  WHERE m.periodo_inicio IN UNNEST(@days)
),

compared AS (
  SELECT
    d.nivel,
    d.fonte,
    d.veiculo,
    d.janela_inicio,
    d.dia,
    d.km AS km_declarado,
    COALESCE(SUM(t.km), 0) AS km_medido,
    COUNT(dia_declarado) AS dias_declarados,
    COUNTIF(t.trusted) AS dias_com_telemetria,
    IF(MIN(t.first_device) = MAX(t.last_device), MIN(t.first_device), NULL) AS device_id,
    COALESCE(ANY_VALUE(t.frota HAVING MAX t.dia), d.frota) AS frota,
    COALESCE(ANY_VALUE(t.unidade HAVING MAX t.dia), d.unidade) AS unidade,
    COALESCE(ANY_VALUE(t.transportadora HAVING MAX t.dia), d.empresa) AS transportadora
  FROM declared AS d
  LEFT JOIN UNNEST(d.dias) AS dia_declarado
  LEFT JOIN telemetry AS t ON d.veiculo = t.veiculo AND dia_declarado = t.dia
  GROUP BY
    d.nivel, d.fonte, d.veiculo, d.janela_inicio, d.dia, d.km, d.frota, d.unidade, d.empresa
)

SELECT
  c.janela_inicio,
  DATE_SUB(DATE_ADD(c.janela_inicio, INTERVAL 1 MONTH), INTERVAL 1 DAY) AS janela_fim,
  c.nivel,
  c.fonte,
  c.veiculo AS placa,
  c.dia,
  c.device_id,
  c.frota,
  c.unidade,
  CASE
    WHEN REGEXP_CONTAINS(c.transportadora, r'(?i)^\s*sertran\s*([(,].*)?$') THEN 'Sertran'
    WHEN REGEXP_CONTAINS(c.transportadora, r'(?i)^\s*conlog\s*([(,].*)?$') THEN 'Conlog'
    ELSE TRIM(c.transportadora)
  END AS transportadora,
  c.km_declarado,
  c.km_medido,
  c.km_declarado - c.km_medido AS divergencia_km,
  -- A vehicle that hardly moved would be more per cent off than the column can hold.
  LEAST(
    ROUND(100 * SAFE_DIVIDE(c.km_declarado - c.km_medido, c.km_medido), 2), NUMERIC '9999999.99'
  ) AS divergencia_pct,
  ROUND(p.valor_km, 4) AS valor_km,
  ROUND((c.km_declarado - c.km_medido) * p.valor_km, 2) AS impacto_brl,
  c.dias_declarados,
  c.dias_declarados - c.dias_com_telemetria AS dias_sem_telemetria,
  CASE
    WHEN c.dias_com_telemetria = 0 THEN 'sem_telemetria'
    WHEN ABS(c.km_declarado - c.km_medido) * 10 > c.km_medido THEN 'divergencia'
    ELSE 'nenhum'
  END AS achado
FROM compared AS c
LEFT JOIN measurements AS p
  ON
    c.veiculo = p.veiculo
    AND COALESCE(c.dia, c.janela_inicio) >= p.periodo_inicio
    AND COALESCE(c.dia, c.janela_inicio) < p.fim_do_preco
