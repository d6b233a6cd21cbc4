-- What each fleet drove and cost in a month up to its last day with telemetry, and what the
-- whole month will come to.
-- Plates are compared in one form: a vehicle keeps its identity when its plate is converted.
WITH parameters AS (
  -- Weight of the newest day in the exponential smoothing.
  SELECT NUMERIC '0.3' AS alpha
),

-- All 1.0 until the business gives others.
seasonal_factors AS (
  SELECT
    mes_do_ano,
    fator
  FROM UNNEST([
    STRUCT(1 AS mes_do_ano, NUMERIC '1.0' AS fator),
    STRUCT(2, NUMERIC '1.0'),
    STRUCT(3, NUMERIC '1.0'),
    STRUCT(4, NUMERIC '1.0'),
    STRUCT(5, NUMERIC '1.0'),
    STRUCT(6, NUMERIC '1.0'),
    STRUCT(7, NUMERIC '1.0'),
    STRUCT(8, NUMERIC '1.0'),
    STRUCT(9, NUMERIC '1.0'),
    STRUCT(10, NUMERIC '1.0'),
    STRUCT(11, NUMERIC '1.0'),
    STRUCT(12, NUMERIC '1.0')
  ])
),

vehicle_days AS (
  SELECT
    DATE_TRUNC(dia, MONTH) AS mes,
    dia,
    -- A vehicle that left the registry has no plate.
    COALESCE(
      CONCAT(
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
        TRANSLATE(
          SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
        ),
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
      ),
      device_id
    ) AS veiculo,
    CONCAT(CAST(dia AS STRING), device_id) AS recency,
    frota,
    unidade,
    transportadora,
    km_dia,
    faltante
  FROM marts.fct_vehicle_day
  WHERE dia IN UNNEST(@days)
),

elapsed AS (
  SELECT
    mes,
    MAX(dia) AS ultimo_dia
  FROM vehicle_days
  WHERE NOT faltante
  GROUP BY mes
),

-- A vehicle belongs to the fleet that it was in last.
vehicles AS (
  SELECT
    mes,
    veiculo,
    ANY_VALUE(frota HAVING MAX recency) AS frota,
    ANY_VALUE(unidade HAVING MAX recency) AS unidade,
    ANY_VALUE(transportadora HAVING MAX recency) AS transportadora
  FROM vehicle_days
  GROUP BY mes, veiculo
),

driven AS (
  SELECT
    veiculo,
    dia,
    SUM(km_dia) AS km
  FROM vehicle_days
  GROUP BY veiculo, dia
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
    km_rodado,
    valor_km,
    total_variavel,
    valor_fixo_mensal
  FROM curated.contract_measurements
  WHERE periodo_inicio BETWEEN DATE_SUB(@first_day, INTERVAL 92 DAY) AND @last_day
),

-- A price holds from its window on, until the next window's or for 92 days. Each route repeats
-- the vehicle's fixed amount.
prices AS (
  SELECT
    veiculo,
    periodo_inicio,
    LEAST(
      DATE_ADD(periodo_inicio, INTERVAL 93 DAY),
      LEAD(periodo_inicio, 1, DATE '9999-12-31') OVER (PARTITION BY veiculo ORDER BY periodo_inicio)
    ) AS fim_do_preco,
    COALESCE(SAFE_DIVIDE(SUM(total_variavel), SUM(km_rodado)), AVG(valor_km)) AS valor_km,
    MAX(valor_fixo_mensal) AS valor_fixo_mensal
  FROM routes
  GROUP BY veiculo, periodo_inicio
),

-- Every vehicle on every elapsed day: one without telemetry counts 0 in the smoothing.
priced_days AS (
  SELECT
    v.mes,
    e.ultimo_dia,
    v.frota,
    v.unidade,
    v.transportadora,
    v.veiculo,
    COALESCE(d.km, 0) AS km,
    p.valor_km,
    IF(elapsed_day = e.ultimo_dia, p.valor_fixo_mensal, NULL) AS valor_fixo_mensal,
    -- s1 = x1, st = alpha * xt + (1 - alpha) * s(t-1), solved for the last day.
    IF(elapsed_day = v.mes, 1, s.alpha)
    * POW(1 - s.alpha, DATE_DIFF(e.ultimo_dia, elapsed_day, DAY)) AS peso
  FROM vehicles AS v
  INNER JOIN elapsed AS e ON v.mes = e.mes
  CROSS JOIN parameters AS s
  CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(v.mes, e.ultimo_dia)) AS elapsed_day
  LEFT JOIN driven AS d ON v.veiculo = d.veiculo AND elapsed_day = d.dia
  LEFT JOIN prices AS p
    ON
      v.veiculo = p.veiculo
      AND elapsed_day >= p.periodo_inicio
      AND elapsed_day < p.fim_do_preco
),

fleets AS (
  SELECT
    mes,
    frota,
    unidade,
    transportadora,
    EXTRACT(DAY FROM ultimo_dia) AS dias_decorridos,
    EXTRACT(DAY FROM LAST_DAY(mes)) AS dias_no_mes,
    SUM(km) AS km,
    SUM(valor_fixo_mensal) AS custo_fixo,
    SUM(km * valor_km) AS custo_var,
    SUM(km * valor_km * peso) AS custo_diario,
    COUNT(DISTINCT IF(valor_km IS NULL, veiculo, NULL)) AS veiculos_sem_preco
  FROM priced_days
  GROUP BY mes, ultimo_dia, frota, unidade, transportadora
)

SELECT
  f.mes,
  f.frota,
  f.unidade,
  f.transportadora,
  f.dias_decorridos,
  f.dias_no_mes,
  f.km AS km_mes,
  ROUND(
    f.km + f.km * (f.dias_no_mes - f.dias_decorridos) * s.fator / f.dias_decorridos, 3
  ) AS km_previsto_mes,
  f.custo_fixo AS custo_fixo_mes,
  ROUND(f.custo_fixo * f.dias_decorridos / f.dias_no_mes, 2) AS custo_fixo_ate_agora,
  ROUND(f.custo_var, 2) AS custo_var_ate_agora,
  ROUND(f.custo_diario * f.dias_no_mes, 2) AS custo_var_previsto,
  ROUND(f.custo_fixo + f.custo_diario * f.dias_no_mes, 2) AS custo_total_previsto,
  f.veiculos_sem_preco
FROM fleets AS f
INNER JOIN seasonal_factors AS s ON EXTRACT(MONTH FROM f.mes) = s.mes_do_ano
