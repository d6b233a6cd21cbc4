-- Veículos sem preço
-- DAX d440ab395c26
SELECT SUM(veiculos_sem_preco) AS value
FROM marts.fct_fleet_month_cost
WHERE mes = (SELECT MAX(mes) FROM marts.fct_fleet_month_cost WHERE mes >= DATE '2000-01-01')
