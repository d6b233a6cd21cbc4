-- Veículos
-- DAX f9458b8c0c47
SELECT COUNT(*) AS value
FROM marts.dim_vehicle
