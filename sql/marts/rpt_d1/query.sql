-- What each vehicle of a day drove, how many trips it made, and what they cost; and their total.
-- Plates are compared in one form: a vehicle keeps its identity when its plate is converted.
WITH vehicle_days AS (
  SELECT
    dia,
    device_id,
    CONCAT(
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 1, 4),
      TRANSLATE(
        SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 5, 1), '0123456789', 'ABCDEFGHIJ'
      ),
      SUBSTR(REGEXP_REPLACE(UPPER(placa), r'[^A-Z0-9]', ''), 6)
    ) AS veiculo,
    frota,
    unidade,
    transportadora,
    km_dia AS km
  FROM marts.fct_vehicle_day
  WHERE dia IN UNNEST(@days)
),

trips AS (
  SELECT
    trip_date,
    asset_id,
    COUNT(*) AS viagens,
    COUNT(occupancy_percentage) AS viagens_com_ocupacao,
    SUM(occupancy_percentage) AS ocupacao_total
  FROM curated.trips
  WHERE trip_date IN UNNEST(@days)
  GROUP BY trip_date, asset_id
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

vehicles AS (
  SELECT
    d.dia,
    d.device_id,
    d.veiculo,
    d.frota,
    d.unidade,
    d.transportadora,
    d.km,
    COALESCE(t.viagens, 0) AS viagens,
    COALESCE(t.viagens_com_ocupacao, 0) AS viagens_com_ocupacao,
    COALESCE(t.ocupacao_total, 0) AS ocupacao_total,
    d.km * p.valor_km AS gasto_variavel,
    -- The amount is the vehicle's: where it has several devices, each bears its part.
    p.valor_fixo_mensal
    / EXTRACT(DAY FROM LAST_DAY(d.dia))
    / COUNT(*) OVER (PARTITION BY d.dia, d.veiculo) AS gasto_fixo
  FROM vehicle_days AS d
  LEFT JOIN trips AS t ON d.dia = t.trip_date AND d.device_id = t.asset_id
  LEFT JOIN prices AS p
    ON d.veiculo = p.veiculo AND d.dia >= p.periodo_inicio AND d.dia < p.fim_do_preco
),

report AS (
  SELECT
    dia,
    'veiculo' AS nivel,
    device_id,
    veiculo,
    frota,
    unidade,
    transportadora,
    km,
    viagens,
    viagens_com_ocupacao,
    ocupacao_total,
    gasto_variavel,
    gasto_fixo
  FROM vehicles
  UNION ALL
  SELECT
    dia,
    'total' AS nivel,
    NULL AS device_id,
    NULL AS veiculo,
    NULL AS frota,
    NULL AS unidade,
    NULL AS transportadora,
    SUM(km) AS km,
    SUM(viagens) AS viagens,
    SUM(viagens_com_ocupacao) AS viagens_com_ocupacao,
    SUM(ocupacao_total) AS ocupacao_total,
    SUM(gasto_variavel) AS gasto_variavel,
    SUM(gasto_fixo) AS gasto_fixo
  FROM vehicles
  GROUP BY dia
)

SELECT
  dia,
  nivel,
  device_id,
  veiculo AS placa,
  frota,
  unidade,
  transportadora,
  km,
  viagens,
  viagens_com_ocupacao,
  ocupacao_total,
  ROUND(gasto_variavel, 2) AS gasto_variavel,
  ROUND(gasto_fixo, 2) AS gasto_fixo,
  ROUND(gasto_variavel + gasto_fixo, 2) AS gasto_total
FROM report
