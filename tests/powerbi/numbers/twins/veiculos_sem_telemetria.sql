-- Veículos sem telemetria
-- DAX 52b8cdd648f8
SELECT COUNT(DISTINCT device_id) - COUNT(DISTINCT IF(NOT faltante, device_id, NULL)) AS value
FROM marts.fct_vehicle_day
WHERE dia >= DATE '2000-01-01'
