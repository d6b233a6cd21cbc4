"""Errors of form, and in the files around the model."""

from tests.powerbi.model.planted import D1, MEASURES, D, Planted, T

FORM = (
    Planted(
        "an unknown property", D1, "\t\tpolicyType: basic", "\t\tpolicyTyp: basic", "policyType"
    ),
    Planted("an unknown object", D1, "\tpartition rpt_d1 = m", "\tpart rpt_d1 = m", "partition"),
    Planted("spaces for tabs", D1, "\tlineageTag", "    lineageTag", "tabs"),
    Planted("a measure without DAX", MEASURES, " = SUM ( rpt_d1[viagens] )", " =", "expression"),
    Planted("a name twice", D1, "\tcolumn placa", "\tcolumn frota", "a name of its own"),
    Planted("a property twice", D1, "\t\tpolicyType: basic", "\t\tpolicyType: basic\n" * 2, "once"),
    Planted("no number", D1, "incrementalPeriods: 3", "incrementalPeriods: some", "whole number"),
    Planted(
        "half a relationship",
        f"{D}relationships.tmdl",
        "toColumn: dim_unit.unidade",
        "toColumn: dim_unit",
        "table.column",
    ),
)
"""Errors of form: the reader refuses the file, and that is all that is told."""

PROJECT = (
    Planted("no report", "Atvos.pbip", "Atvos.Report", "Atvos.Reports", "Atvos.Report"),
    Planted(
        "a version without TMDL", "Atvos.SemanticModel/definition.pbism", '"4.2"', '"1.0"', "4.0"
    ),
    Planted(
        "another item", "Atvos.SemanticModel/.platform", "SemanticModel", "Report", "SemanticModel"
    ),
    Planted("an old level", f"{D}database.tmdl", "1601", "1500", "1601"),
    Planted("a table in no order", f"{D}model.tmdl", "ref table plano\n", "", "plano"),
    Planted(
        "an order of nothing",
        f"{D}model.tmdl",
        "ref table plano\n",
        "ref table plano\nref table planos\n",
        "plano",
    ),
    Planted("no lineage", f"{T}plano.tmdl", "\tlineageTag: ", "\tlineageTag: x", "GUID"),
)
