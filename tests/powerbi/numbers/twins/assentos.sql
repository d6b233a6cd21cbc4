-- Assentos
-- DAX 226839064475
SELECT SUM(assentos) AS value
FROM marts.dim_vehicle
