"""Errors in words, in DAX and in M."""

from tests.powerbi.model.planted import D1, DAY, MEASURES, D, Planted, T

WORDS = (
    Planted("a column without a format", D1, "\t\tformatString: #,0\n", "", "formatString"),
    Planted("a measure without a format", MEASURES, "\t\tformatString: #,0\n", "", "Atvos_Text"),
    Planted(
        "a format that is none",
        MEASURES,
        "formatString: #,0\n",
        "formatString: #.##0\n",
        "formatString",
    ),
    Planted(
        "a share that is no per cent", MEASURES, "formatString: 0.0%", "formatString: #,0.0", "0.0%"
    ),
    Planted("no folder", MEASURES, "\t\tdisplayFolder: Custo\n", "", "displayFolder"),
    Planted(
        "no description", MEASURES, "\t/// Trips that began on the days chosen.\n", "", "a sentence"
    ),
    Planted(
        "no caption",
        f"{D}cultures/pt-BR.tmdl",
        "\t\t\t\t\tcaption: Hora (UTC)\n",
        "",
        "caption and description",
    ),
    Planted(
        "no words",
        f"{D}cultures/en-US.tmdl",
        "\t\t\t\tcolumn p95_ms\n",
        "\t\t\t\tcolumn p95ms\n",
        "p95_ms",
    ),
    Planted(
        "English for Portuguese",
        f"{D}cultures/pt-BR.tmdl",
        "description: O dia em São Paulo.",
        "description: The day in São Paulo.",
        "Portuguese",
    ),
    Planted(
        "another English",
        f"{D}cultures/en-US.tmdl",
        "description: The day in São Paulo.",
        "description: The day.",
        "São Paulo",
    ),
    Planted(
        "another name of a measure",
        f"{D}cultures/pt-BR.tmdl",
        "caption: Km rodado",
        "caption: Km rodados",
        "Km rodado",
    ),
    Planted(
        "one caption for two",
        f"{D}cultures/en-US.tmdl",
        "caption: Requests of the hour",
        "caption: Errors of the hour",
        "of its own",
    ),
    Planted(
        "no language",
        f"{D}cultures/en-US.tmdl",
        "cultureInfo en-US",
        "cultureInfo en-GB",
        "en-US",
        f"{D}model.tmdl",
    ),
    Planted("another base language", f"{D}model.tmdl", "culture: pt-BR", "culture: en-US", "pt-BR"),
    Planted(
        "sums that nobody defined",
        f"{D}model.tmdl",
        "\tdiscourageImplicitMeasures\n",
        "",
        "discourageImplicitMeasures",
    ),
)

DAX = (
    Planted(
        "no such column", MEASURES, "SUM ( rpt_d1[viagens] )", "SUM ( rpt_d1[viagem] )", "viagens"
    ),
    Planted(
        "no such table", MEASURES, "SUM ( rpt_d1[viagens] )", "SUM ( rpt_d2[viagens] )", "rpt_d1"
    ),
    Planted(
        "no such quoted table",
        MEASURES,
        "SUM ( rpt_d1[viagens] )",
        "SUM ( 'rpt d1'[viagens] )",
        "rpt_d1",
    ),
    Planted(
        "no such measure",
        MEASURES,
        "[Gasto variável] + [Gasto fixo]",
        "[Gasto variavel] + [Gasto fixo]",
        "[Gasto variável]",
    ),
    Planted(
        "no such function", MEASURES, "SUM ( rpt_d1[viagens] )", "SUMM ( rpt_d1[viagens] )", "SUM"
    ),
    Planted(
        "no such variable",
        MEASURES,
        "DIVIDE ( Gasto, Distancia )",
        "DIVIDE ( Gasto, Distancias )",
        "Distancia",
    ),
    Planted("a variable with an accent", MEASURES, "VAR Distancia =", "VAR Distância =", "ASCII"),
    Planted(
        "an open parenthesis",
        MEASURES,
        "SUM ( rpt_d1[viagens] )",
        "SUM ( rpt_d1[viagens]",
        ") behind it",
    ),
    Planted("an open string", MEASURES, '"em dia"', '"em dia', "closed"),
    Planted(
        "a function that fails for roles",
        MEASURES,
        "CALCULATE ( [Gasto total], KEEPFILTERS",
        "CALCULATE ( [Gasto total], USERELATIONSHIP",
        "TREATAS",
    ),
    Planted(
        "measures in a circle",
        MEASURES,
        "= SUM ( rpt_d1[gasto_fixo] )",
        "= [Gasto total]",
        "itself",
    ),
    Planted(
        "a plan of no function",
        f"{T}plano.tmdl",
        "GENERATESERIES",
        "GENERATE_SERIES",
        "GENERATESERIES",
    ),
    Planted(
        "a role about no column",
        f"{D}roles/UAE.tmdl",
        "dim_vehicle[unidade] = ",
        "dim_vehicle[unidades] = ",
        "unidade",
    ),
)

M = (
    Planted("M that ends too soon", DAY, "\n\t\t\tin\n\t\t\t    Tipos", "\n\t\t\tin", "M, column"),
    Planted("a comma before in", f"{T}dim_unit.tmdl", '"assentos"\n', '"assentos",\n', "M, column"),
    Planted(
        "a parameter that is not there",
        f"{T}dim_unit.tmdl",
        "Name = GcpProject",
        "Name = GcpProjects",
        "GcpProject",
    ),
    Planted(
        "a billing project that is not there",
        f"{T}dim_unit.tmdl",
        "BillingProject = BillingProject",
        "BillingProject = Billing",
        "BillingProject",
    ),
    Planted("a step that is not there", f"{T}dim_unit.tmdl", "Projeto{[", "Projetos{[", "M:"),
    Planted(
        "a function that is not there",
        f"{T}dim_unit.tmdl",
        "Table.SelectColumns",
        "Table.SelectColumn",
        "Table.SelectColumns",
    ),
)
