-- Ocupação média (%)
-- DAX 928bc7369ebd
SELECT SAFE_DIVIDE(SUM(ocupacao_total), 100 * SUM(viagens_com_ocupacao)) AS value
FROM marts.rpt_d1
WHERE nivel = 'veiculo' AND dia >= DATE '2000-01-01'
