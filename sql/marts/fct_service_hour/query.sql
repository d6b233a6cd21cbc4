-- Requests, errors and latency of every host by the hour.
-- The day before is read for the requests that began on it: each counts once, in the hour of its
-- first entry, with what was written of it until midnight.
WITH entries AS (
  SELECT
    log_date,
    logged_at,
    host,
    request_id,
    proxied_at,
    response_bytes,
    level IN ('error', 'fatal')
    OR status_code >= 500
    OR status_code = -1
    OR proxy_status_code >= 500
    OR proxy_status_code = -1 AS failed,
    status_code = -1 OR proxy_status_code = -1 AS crashed
  FROM curated.app_logs
  WHERE log_date BETWEEN DATE_SUB(@first_day, INTERVAL 1 DAY) AND @last_day
),

entry_hours AS (
  SELECT
    log_date,
    host,
    TIMESTAMP_TRUNC(logged_at, HOUR) AS hora,
    COUNT(*) AS registros
  FROM entries
  WHERE log_date IN UNNEST(@days)
  GROUP BY log_date, host, hora
),

request_days AS (
  SELECT
    log_date,
    host,
    request_id,
    TIMESTAMP_TRUNC(MIN(logged_at), HOUR) AS hora,
    TIMESTAMP_DIFF(MAX(logged_at), MIN(proxied_at), MILLISECOND) AS latency_ms,
    MAX(response_bytes) AS response_bytes,
    COALESCE(LOGICAL_OR(failed), FALSE) AS failed,
    COALESCE(LOGICAL_OR(crashed), FALSE) AS crashed,
    LAG(log_date) OVER (PARTITION BY host, request_id ORDER BY log_date) AS earlier_date
  FROM entries
  WHERE request_id IS NOT NULL
  GROUP BY log_date, host, request_id
),

requests AS (
  SELECT
    host,
    hora,
    request_id,
    response_bytes,
    failed,
    crashed,
    PERCENTILE_DISC(latency_ms, 0.5) OVER (PARTITION BY host, hora) AS p50_ms,
    PERCENTILE_DISC(latency_ms, 0.95) OVER (PARTITION BY host, hora) AS p95_ms
  FROM request_days
  WHERE
    log_date IN UNNEST(@days)
    AND (earlier_date IS NULL OR earlier_date < DATE_SUB(log_date, INTERVAL 1 DAY))
),

request_hours AS (
  SELECT
    host,
    hora,
    COUNT(*) AS requests,
    COUNTIF(failed) AS erros,
    COUNTIF(crashed) AS quedas,
    MAX(p50_ms) AS p50_ms,
    MAX(p95_ms) AS p95_ms,
    SUM(response_bytes) AS bytes
  FROM requests
  GROUP BY host, hora
)

SELECT
  e.log_date,
  e.host,
  e.hora,
  e.registros,
  COALESCE(r.requests, 0) AS requests,
  COALESCE(r.erros, 0) AS erros,
  COALESCE(r.quedas, 0) AS quedas,
  r.p50_ms,
  r.p95_ms,
  COALESCE(r.bytes, 0) AS bytes
FROM entry_hours AS e
LEFT JOIN request_hours AS r ON e.host = r.host AND e.hora = r.hora
