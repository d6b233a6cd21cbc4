-- Km previsto no mês
-- DAX 01059adeb1b1
SELECT SUM(km_previsto_mes) AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
