-- Estado dos dados
-- DAX 3710f249abf5
SELECT
  CASE
    WHEN COUNTIF(state = 'stale') > 0 THEN 'atrasado'
    WHEN COUNTIF(state = 'unknown') > 0 OR COUNT(*) = 0 THEN 'desconhecido'
    WHEN COUNTIF(state = 'paused') > 0 THEN 'pausado'
    ELSE 'em dia'
  END AS value
FROM ops.freshness
