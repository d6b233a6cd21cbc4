-- Custo fixo do mês
-- DAX 1a2105e1dc2f
SELECT SUM(custo_fixo_mes) AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
