"""Errors in how tables, measures and roles hang together."""

from tests.powerbi.model.planted import DAY, MEASURES, D, Planted, T

SHAPE = (
    Planted(
        "an end that is not there",
        f"{D}relationships.tmdl",
        "fromColumn: rpt_d1.dia",
        "fromColumn: rpt_d1.dias",
        "dia",
    ),
    Planted(
        "a table that is not there",
        f"{D}relationships.tmdl",
        "toColumn: dim_unit.unidade",
        "toColumn: dim_units.unidade",
        "dim_unit",
    ),
    Planted(
        "ends of two types",
        f"{D}relationships.tmdl",
        "fromColumn: rpt_d1.dia",
        "fromColumn: rpt_d1.placa",
        "dateTime",
    ),
    Planted(
        "a one side that repeats",
        f"{D}relationships.tmdl",
        "toColumn: transportadora.transportadora",
        "toColumn: dim_vehicle.transportadora",
        "isKey",
    ),
    Planted(
        "no key", f"{T}transportadora.tmdl", "\t\tisKey\n", "", "isKey", f"{D}relationships.tmdl"
    ),
    Planted(
        "a key that is half of one",
        f"{T}dim_vehicle.tmdl",
        "\tcolumn placa\n",
        "\tcolumn placa\n\t\tisKey\n",
        "primary key",
    ),
    Planted(
        "filters in both directions",
        f"{D}relationships.tmdl",
        "fromColumn: rpt_d1.dia",
        "crossFilteringBehavior: bothDirections\n\tfromColumn: rpt_d1.dia",
        "that direction",
    ),
    Planted(
        "an inactive one",
        f"{D}relationships.tmdl",
        "fromColumn: rpt_d1.dia",
        "isActive: false\n\tfromColumn: rpt_d1.dia",
        "active",
    ),
    Planted("a visible key", DAY, "\t\tisHidden\n", "", "isHidden"),
    Planted(
        "a snowflake",
        f"{D}relationships.tmdl",
        "fromColumn: fct_occurrence.unidade",
        "fromColumn: dim_vehicle.unidade",
        "a star",
    ),
    Planted(
        "two between the same tables",
        f"{D}relationships.tmdl",
        "fromColumn: rpt_d1.unidade",
        "fromColumn: fct_occurrence.unidade",
        "one between",
    ),
    Planted(
        "an orphan",
        f"{T}plano.tmdl",
        "annotation Atvos_Disconnected =",
        "annotation X =",
        "Atvos_Disconnected",
    ),
    Planted(
        "a related table that says it is none",
        DAY,
        "\tannotation PBI_ResultType = Table",
        "\tannotation Atvos_Disconnected = so\n",
        "none",
    ),
    Planted(
        "no order", f"{T}calendario.tmdl", "sortByColumn: mes\n", "sortByColumn: mess\n", "mes"
    ),
    Planted(
        "no date table",
        f"{T}calendario.tmdl",
        "\tdataCategory: Time\n",
        "",
        "Time",
        f"{D}model.tmdl",
    ),
    Planted("a date table without key", f"{T}calendario.tmdl", "\t\tisKey\n", "", "dateTime"),
    Planted(
        "a measure that nothing uses",
        MEASURES,
        "annotation Atvos_ForAnalysts",
        "annotation Other",
        "Atvos_ForAnalysts",
    ),
    Planted(
        "a measure said to be unused",
        MEASURES,
        "\tmeasure Viagens = SUM ( rpt_d1[viagens] )\n",
        "\tmeasure Viagens = SUM ( rpt_d1[viagens] )\n\t\tannotation Atvos_ForAnalysts = so\n",
        "a visual shows it",
    ),
    Planted(
        "a parameter that nothing uses",
        f"{D}expressions.tmdl",
        "/// Project of Google Cloud that pays",
        'expression Location = "sa"\n'
        "\tlineageTag: 0b1b4f4e-1111-5111-8111-111111111111\n\n/// Project of",
        "no use",
    ),
    Planted(
        "a role that lets another unit through",
        f"{D}roles/UAE.tmdl",
        'dim_unit[unidade] = "UAE"',
        'dim_unit[unidade] = "UAT"',
        "UAE",
    ),
    Planted(
        "a role that lets all vehicles through",
        f"{D}roles/UAE.tmdl",
        "|| ISBLANK ( dim_vehicle[unidade] )",
        "|| TRUE ()",
        "dim_vehicle",
    ),
    Planted(
        "a role without a table",
        f"{D}roles/UAE.tmdl",
        "tablePermission dim_vehicle",
        "tablePermission dim_vehicles",
        "dim_vehicle",
    ),
    Planted(
        "a unit without a role",
        f"{D}roles/UAE.tmdl",
        "role UAE",
        "role UAX",
        "UAE",
        f"{D}model.tmdl",
    ),
    Planted(
        "rows that no role reaches",
        f"{D}relationships.tmdl",
        "fromColumn: fct_occurrence.unidade\n\ttoColumn: dim_unit.unidade",
        "fromColumn: fct_occurrence.evento\n\ttoColumn: dim_unit.unidade",
        "fct_occurrence",
        f"{D}roles/UAE.tmdl",
    ),
)
