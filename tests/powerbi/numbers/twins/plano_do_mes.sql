-- Plano do mês
-- DAX e3d8d1f0977e
-- No table holds a plan: it is what the reader has set, and this until then.
SELECT 8250000 AS value
