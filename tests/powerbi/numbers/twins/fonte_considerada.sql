-- Fonte considerada
-- DAX 62c553f2bb72
-- No choice of the reader: the carriers' declarations.
SELECT 'medicao' AS value
