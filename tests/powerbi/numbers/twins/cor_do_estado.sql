-- Cor do estado
-- DAX cf5991856626
SELECT
  CASE
    WHEN COUNTIF(state = 'stale') > 0 THEN '#B3263E'
    WHEN COUNTIF(state = 'unknown') > 0 OR COUNT(*) = 0 THEN '#5A5F66'
    WHEN COUNTIF(state = 'paused') > 0 THEN '#7A5A00'
    ELSE '#0B6B3A'
  END AS value
FROM ops.freshness
