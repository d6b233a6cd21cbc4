-- Km no mês
-- DAX 63cfd7a59711
SELECT SUM(km_mes) AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
