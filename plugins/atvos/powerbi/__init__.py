"""Power BI: the semantic model and the report in powerbi/, and how they stay true."""
