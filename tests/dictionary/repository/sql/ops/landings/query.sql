SELECT
  feed,
  COUNT(*) AS objects
FROM ops.object_ledger
WHERE landed_date >= DATE '2025-01-01'
GROUP BY feed
