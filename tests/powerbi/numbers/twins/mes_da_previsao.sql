-- Mês da previsão
-- DAX a77e115a5beb
SELECT MAX(mes) AS value
FROM marts.fct_fleet_month_cost
WHERE mes >= DATE '2000-01-01'
