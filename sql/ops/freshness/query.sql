-- How old the data of every table is at this moment, against what its contract promises.
-- Old data is paused, not stale, at hours when its contract promises nothing.
-- A table that never published, or not for 400 days, is unknown: nobody can say that it is fresh.
WITH published AS (
  SELECT
    feed AS dataset,
    MAX(last_event_at) AS last_event_at,
    MAX(recorded_at) AS last_success_at
  FROM ops.object_ledger
  WHERE
    landed_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 400 DAY)
    AND state = 'published'
  GROUP BY feed
  UNION ALL
  SELECT
    model AS dataset,
    ANY_VALUE(last_event_at HAVING MAX built_at) AS last_event_at,
    MAX(built_at) AS last_success_at
  FROM ops.model_ledger
  WHERE built_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 400 DAY)
  GROUP BY model
),

aged AS (
  SELECT
    d.dataset,
    d.layer,
    d.tier,
    d.owner,
    d.support,
    p.last_event_at AS data_as_of,
    p.last_success_at,
    d.slo_seconds,
    d.slo_active,
    GREATEST(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), p.last_event_at, SECOND), 0) AS age_seconds
  FROM ops.datasets AS d
  LEFT JOIN published AS p
    ON d.dataset = p.dataset
)

SELECT
  dataset,
  layer,
  tier,
  owner,
  support,
  data_as_of,
  last_success_at,
  slo_seconds,
  age_seconds,
  CASE
    WHEN age_seconds IS NULL THEN 'unknown'
    WHEN age_seconds <= slo_seconds THEN 'fresh'
    WHEN slo_active THEN 'stale'
    ELSE 'paused'
  END AS state
FROM aged
