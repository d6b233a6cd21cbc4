-- Idade dos dados (h)
-- DAX dac440e7d8f7
SELECT MAX(age_seconds) / 3600 AS value
FROM ops.freshness
