-- Veículos para revisar
-- DAX 06a6f86f748d
SELECT COUNT(DISTINCT IF(revisar, device_id, NULL)) AS value
FROM marts.fct_vehicle_day
WHERE dia >= DATE '2000-01-01'
