-- Desvio do plano
-- DAX aaa7fb46d90b
SELECT COALESCE(SUM(custo_fixo_mes), 0) + COALESCE(SUM(custo_var_previsto), 0) - 8250000 AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
