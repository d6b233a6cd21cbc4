-- Dados até
-- DAX 24cbb8abb00e
SELECT DATETIME(MIN(data_as_of), 'America/Sao_Paulo') AS value
FROM ops.freshness
