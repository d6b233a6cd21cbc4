-- Custo variável até agora
-- DAX 3c006274c23b
SELECT SUM(custo_var_ate_agora) AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
