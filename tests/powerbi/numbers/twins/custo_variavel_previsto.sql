-- Custo variável previsto
-- DAX 9313adb7be68
SELECT SUM(custo_var_previsto) AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
