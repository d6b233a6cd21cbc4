"""The errors that are planted in a copy of the report, and how each of them is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.powerbi.report.conftest import Change, change, page, visual

BY_MONTH = "visao_geral/gasto_por_mes"
LATENCY = "servicos/latencia_por_hora"
CARD = "d1/estado"

Break = Callable[[Path], None]


def in_visual(place: str, how: Change) -> Break:
    return lambda report: change(visual(report, place), how)


def in_page(name: str, how: Change) -> Break:
    return lambda report: change(page(report, name), how)


def in_file(name: str, how: Change) -> Break:
    return lambda report: change(report / name, how)


def projection(data: Any, role: str, number: int = 0) -> Any:
    return data["visual"]["query"]["queryState"][role]["projections"][number]


def frame(data: Any, name: str) -> Any:
    return data["visual"]["visualContainerObjects"][name][0]["properties"]


def literal(value: str) -> dict[str, Any]:
    return {"expr": {"Literal": {"Value": value}}}


def misspell_a_measure(data: Any) -> None:
    projection(data, "Y")["field"]["Measure"]["Property"] = "Gasto fixx"
    projection(data, "Y")["queryRef"] = "medidas.Gasto fixx"


def misspell_a_column(data: Any) -> None:
    projection(data, "Category")["field"]["Column"]["Property"] = "ano_mez"


def misspell_a_table(data: Any) -> None:
    projection(data, "Category")["field"]["Column"]["Expression"]["SourceRef"]["Entity"] = (
        "kalender"
    )


def ask_a_measure_for_a_column(data: Any) -> None:
    field = projection(data, "Y")["field"]
    field["Column"] = field.pop("Measure")


def ask_a_column_for_a_measure(data: Any) -> None:
    field = projection(data, "Category")["field"]
    field["Measure"] = field.pop("Column")


def use_a_hierarchy(data: Any) -> None:
    projection(data, "Category")["field"] = {
        "HierarchyLevel": {"Expression": {"Hierarchy": {}}, "Level": "Ano"}
    }


def misspell_in_a_filter(data: Any) -> None:
    condition = data["filterConfig"]["filters"][0]["filter"]["Where"][0]["Condition"]
    condition["In"]["Expressions"][0]["Column"]["Property"] = "datasets"


def lose_an_alias(data: Any) -> None:
    data["filterConfig"]["filters"][0]["filter"]["From"] = []


def misspell_in_a_conditional_format(data: Any) -> None:
    colour = data["visual"]["objects"]["value"][0]["properties"]["fontColor"]
    colour["solid"]["color"]["expr"]["Measure"]["Property"] = "Cor do estada"


def sort_by_what_is_not_shown(data: Any) -> None:
    sort = data["visual"]["query"]["sortDefinition"]["sort"][0]
    sort["field"]["Column"]["Property"] = "ano"


def name_a_series_that_is_not_there(data: Any) -> None:
    data["visual"]["objects"]["lineStyles"][0]["selector"]["metadata"] = "medidas.Latência p59 (ms)"


def show_a_key(data: Any) -> None:
    column = projection(data, "Category")["field"]["Column"]
    column["Expression"]["SourceRef"]["Entity"] = "rpt_d1"
    column["Property"] = "dia"


def filter_a_text_by_date(data: Any) -> None:
    data["filterConfig"]["filters"][0]["field"]["Column"]["Property"] = "ano_mes"


def filter_all_pages(report: Path, how: Change) -> None:
    """Move the period of a page to the whole report, changed."""
    period = json.loads(page(report, "ocorrencias").read_text(encoding="utf-8"))["filterConfig"]
    how({"filterConfig": period})
    change(report / "definition" / "report.json", lambda data: data.update(filterConfig=period))


FIELDS = {
    "a measure": (in_visual(BY_MONTH, misspell_a_measure), "valid: Gasto fixo"),
    "a column": (in_visual(BY_MONTH, misspell_a_column), "found 'ano_mez'; valid: ano_mes"),
    "a table": (in_visual(BY_MONTH, misspell_a_table), "found 'kalender'; valid: calendario"),
    "no column": (
        in_visual(BY_MONTH, ask_a_measure_for_a_column),
        "medidas[Gasto fixo]: found 'Column'; valid: Measure",
    ),
    "no measure": (
        in_visual(BY_MONTH, ask_a_column_for_a_measure),
        "calendario[ano_mes]: found 'Measure'; valid: Column",
    ),
    "a hierarchy": (
        in_visual(BY_MONTH, use_a_hierarchy),
        "found 'HierarchyLevel'",
    ),
    "a filter": (in_visual(CARD, misspell_in_a_filter), "found 'datasets'; valid: dataset"),
    "an alias": (in_visual(CARD, lose_an_alias), "table of dataset: found ''"),
    "a colour": (
        in_visual(CARD, misspell_in_a_conditional_format),
        "found 'Cor do estada'; valid: Cor do estado",
    ),
    "a sort": (
        in_visual(BY_MONTH, sort_by_what_is_not_shown),
        "sorted by: found 'calendario[ano]'",
    ),
    "a queryRef": (
        in_visual(BY_MONTH, lambda data: projection(data, "Y").update(queryRef="medidas.Gasto")),
        "queryRef: found 'medidas.Gasto'; valid: medidas.Gasto fixo",
    ),
    "a selector": (
        in_visual(LATENCY, name_a_series_that_is_not_there),
        "found 'medidas.Latência p59 (ms)'; valid: medidas.Latência p95 (ms)",
    ),
    "a hidden column": (
        in_visual(BY_MONTH, show_a_key),
        "shown by gasto_por_mes: found 'rpt_d1[dia]'; valid: one that is not hidden",
    ),
    "a relative date of a text": (
        in_visual("d1/gasto_14_dias", filter_a_text_by_date),
        "RelativeDate of calendario[ano_mes]: found 'string'; valid: dateTime",
    ),
    "a filter of all pages": (
        lambda report: filter_all_pages(report, filter_a_text_by_date),
        "RelativeDate of calendario[ano_mes]: found 'string'; valid: dateTime",
    ),
    "a drill-through": (
        in_page(
            "veiculo",
            lambda data: data["pageBinding"]["parameters"][1]["fieldExpr"]["Column"].update(
                Property="placas"
            ),
        ),
        "column of dim_vehicle: found 'placas'; valid: placa",
    ),
}

SHAPES = {
    "a key of a page": (
        in_page("d1", lambda data: data.update(pageType="Drillthrough")),
        "key of the file: found 'pageType'",
    ),
    "a key of a visual": (
        in_visual(BY_MONTH, lambda data: data["visual"].update(vcObjects={})),
        "key of visual: found 'vcObjects'",
    ),
    "a key of a title": (
        in_visual(BY_MONTH, lambda data: frame(data, "title").update(colour="red")),
        "title[0].properties: found 'colour'",
    ),
    "a key of a binding": (
        in_page("veiculo", lambda data: data["pageBinding"].update(scope="Report")),
        "key of pageBinding: found 'scope'",
    ),
    "a role": (
        in_visual(
            CARD,
            lambda data: data["visual"]["query"]["queryState"].update(Values={"projections": []}),
        ),
        "role of a cardVisual: found 'Values'; valid: Data",
    ),
    "a kind of visual": (
        in_visual(BY_MONTH, lambda data: data["visual"].update(visualType="columnsChart")),
        "visualType: found 'columnsChart'; valid: columnChart",
    ),
    "a version": (
        in_visual(BY_MONTH, lambda data: data.update({"$schema": data["$schema"][:-1]})),
        "visualContainer/2.9.0/schema.json",
    ),
    "a kind of filter": (
        in_visual(CARD, lambda d: d["filterConfig"]["filters"][0].update(type="Categorial")),
        "filters[0].type: found 'Categorial'; valid: Categorical",
    ),
    "no field": (
        in_visual(CARD, lambda d: d["filterConfig"]["filters"][0].update(field={})),
        "filters[0].field: found []; valid: one of Column, Measure",
    ),
    "a filter that lets all through": (
        in_visual("d1/gasto_14_dias", lambda d: d["filterConfig"]["filters"][0].pop("filter")),
        "filter d1_gasto_14_dias_periodo: found []; valid: one Condition, Between",
    ),
    "a filter's name in the report": (
        lambda report: filter_all_pages(report, lambda _: None),
        "name of a filter: found 'ocorrencias_ultimos_12_meses'; valid: one of its own",
    ),
    "a filter's name": (
        in_visual(
            CARD, lambda d: d["filterConfig"]["filters"][0].update(name="d1_dados_ate_tabelas")
        ),
        "name of a filter: found 'd1_dados_ate_tabelas'; valid: one of its own",
    ),
    "a visual's name": (
        in_visual(BY_MONTH, lambda data: data.update(name="gasto")),
        "name of the visual: found 'gasto'; valid: gasto_por_mes",
    ),
    "no fields": (
        in_visual(BY_MONTH, lambda data: data["visual"]["query"].update(queryState={})),
        "queryState: found {}",
    ),
    "a theme that is not registered": (
        in_file("definition/report.json", lambda data: data.update(resourcePackages=[])),
        "customTheme: found 'Atvos.json'; valid: the name of an item of resourcePackages",
    ),
    "a theme of another name": (
        in_file(
            "StaticResources/RegisteredResources/Atvos.json",
            lambda data: data.update(name="Atvos"),
        ),
        "name of the theme: found 'Atvos'; valid: Atvos.json",
    ),
    "a model that is not there": (
        in_file(
            "definition.pbir",
            lambda data: data["datasetReference"]["byPath"].update(path="../Outro.SemanticModel"),
        ),
        "datasetReference: found '../Outro.SemanticModel'; valid: ../Atvos.SemanticModel",
    ),
    "no JSON": (
        lambda report: visual(report, BY_MONTH).write_text("{", encoding="utf-8"),
        "no JSON",
    ),
    "no field of a projection": (
        in_visual(BY_MONTH, lambda data: projection(data, "Y").pop("field")),
        "projections[0].field: found None; valid: it is required",
    ),
}

LAYOUT = {
    "over the edge": (
        in_visual(BY_MONTH, lambda data: data["position"].update(x=-8)),
        "edges of gasto_por_mes",
    ),
    "below the edge": (
        in_visual("visao_geral/impacto_transportadora", lambda d: d["position"].update(height=304)),
        "edges of impacto_transportadora",
    ),
    "an overlap": (
        in_visual(BY_MONTH, lambda data: data["position"].update(width=640)),
        "found 'an overlap'",
    ),
    "off the grid": (
        in_visual(BY_MONTH, lambda data: data["position"].update(width=620)),
        "valid: multiples of 8",
    ),
    "no size": (
        in_visual(BY_MONTH, lambda data: data["position"].update(width=0)),
        "size of gasto_por_mes",
    ),
    "no tab order": (
        in_visual(BY_MONTH, lambda data: data["position"].pop("tabOrder")),
        "tabOrder of gasto_por_mes: found None",
    ),
    "an odd tab order": (
        in_visual(BY_MONTH, lambda data: data["position"].update(tabOrder=500)),
        "tabOrder of dados_ate",
    ),
    "a small canvas": (in_page("d1", lambda data: data.update(width=1272)), "size of d1"),
    "wider than a phone": (
        lambda report: change(
            visual(report, "d1/gasto_unidade").with_name("mobile.json"),
            lambda data: data["position"].update(width=320),
        ),
        "edges of gasto_unidade",
    ),
    "an overlap on phones": (
        lambda report: change(
            visual(report, "d1/gasto_unidade").with_name("mobile.json"),
            lambda data: data["position"].update(y=480),
        ),
        "found 'an overlap'",
    ),
}

WORDS = {
    "no title": (in_visual(BY_MONTH, lambda data: frame(data, "title").pop("text")), "title of"),
    "a hidden title": (
        in_visual(BY_MONTH, lambda data: frame(data, "title").update(show=literal("false"))),
        "title of gasto_por_mes: found ''",
    ),
    "an English title": (
        in_visual(
            BY_MONTH, lambda data: frame(data, "title").update(text=literal("'Cost by month'"))
        ),
        "valid: Portuguese",
    ),
    "no alternative text": (
        in_visual(BY_MONTH, lambda data: data["visual"]["visualContainerObjects"].pop("general")),
        "altText of gasto_por_mes: found ''",
    ),
    "a title twice": (
        in_visual(
            BY_MONTH,
            lambda d: frame(d, "title").update(
                text=literal("'Em que unidade o quilômetro custa mais'")
            ),
        ),
        "valid: each only once",
    ),
    "a page without a question": (
        lambda report: shutil.rmtree(visual(report, "d1/titulo").parent),
        "title of d1",
    ),
    "no legend": (
        in_visual(BY_MONTH, lambda data: data["visual"]["objects"].pop("legend")),
        "legend of gasto_por_mes: found 'none'",
    ),
    "nothing but colour": (
        in_visual(BY_MONTH, lambda data: data["visual"]["objects"].pop("labels")),
        "labels of gasto_por_mes: found 'none'",
    ),
    "lines of one style": (
        in_visual(
            LATENCY,
            lambda data: data["visual"]["objects"]["lineStyles"][1]["properties"].update(
                lineStyle=literal("'solid'")
            ),
        ),
        "lineStyles of latencia_por_hora",
    ),
}


def without_drill_fields(report: Path) -> None:
    for file in list(report.rglob("visual.json")):
        words = file.read_text(encoding="utf-8")
        if '"dim_vehicle.placa"' in words and "/veiculo/" not in file.as_posix():
            shutil.rmtree(file.parent)


def in_pages(how: Change) -> Break:
    return in_file("definition/pages/pages.json", how)


PAGES = {
    "a page that is not listed": (
        in_pages(lambda data: data["pageOrder"].remove("d1")),
        "pageOrder, d1",
    ),
    "a page listed twice": (
        in_pages(lambda data: data["pageOrder"].append("d1")),
        "pageOrder, d1",
    ),
    "a page that is not there": (
        in_pages(lambda data: data["pageOrder"].append("ocorencias")),
        "found 'ocorencias'; valid: ocorrencias",
    ),
    "a first page that is hidden": (
        in_pages(lambda data: data.update(activePageName="veiculo")),
        "activePageName: found 'veiculo'",
    ),
    "a page that nobody reaches": (
        in_page("d1", lambda data: data.update(visibility="HiddenInViewMode")),
        "d1, hidden",
    ),
    "a drill-through that nobody reaches": (without_drill_fields, "ways to veiculo: found 'none'"),
    "a drill-through without a filter": (
        in_page("veiculo", lambda data: data["filterConfig"]["filters"].pop(1)),
        "boundFilter: found 'veiculo_por_placa'; valid: veiculo_por_device_id",
    ),
    "a filter that no drill-through sets": (
        in_page(
            "veiculo",
            lambda data: data["filterConfig"]["filters"][1].update(howCreated="User"),
        ),
        "howCreated of veiculo_por_placa: found 'User'; valid: Drillthrough",
    ),
    "a drill-through that filters another field": (
        in_page(
            "veiculo",
            lambda data: data["filterConfig"]["filters"][1]["field"]["Column"].update(
                Property="frota"
            ),
        ),
        "fieldExpr: found 'dim_vehicle[placa]'",
    ),
    "no way back": (
        lambda report: shutil.rmtree(visual(report, "veiculo/voltar").parent),
        "veiculo, button: found 'none'",
    ),
}


def datasets(data: Any) -> Any:
    where = data["filterConfig"]["filters"][0]["filter"]["Where"]
    return where[0]["Condition"]["In"]["Values"]


FRESHNESS = {
    "no card": (
        lambda report: shutil.rmtree(visual(report, "fechamento/dados_ate").parent),
        "fechamento, card of Dados até: found 'none'",
    ),
    "no state": (
        lambda report: shutil.rmtree(visual(report, "fechamento/estado").parent),
        "fechamento, card of Estado dos dados: found 'none'",
    ),
    "a card that is not filtered": (
        in_visual(CARD, lambda data: data.pop("filterConfig")),
        "datasets of estado: found []; valid: rpt_d1",
    ),
    "a table too few": (
        in_visual("visao_geral/dados_ate", lambda data: datasets(data).pop()),
        "datasets of dados_ate",
    ),
    "a table that the page does not show": (
        in_visual(CARD, lambda data: datasets(data).append([{"Literal": {"Value": "'rpt_d2'"}}])),
        "dataset of estado: found 'rpt_d2'; valid: rpt_d1",
    ),
    "a state without its colour": (
        in_visual(
            CARD, lambda d: d["visual"]["objects"]["value"][0]["properties"].pop("fontColor")
        ),
        "colour of estado: found 'none'",
    ),
    "no card on phones": (
        lambda report: visual(report, CARD).with_name("mobile.json").unlink(),
        "estado on phones: found 'none'",
    ),
}

THEME = "StaticResources/RegisteredResources/Atvos.json"


def recolour(key: str, colour: str) -> Break:
    def how(data: Any) -> None:
        data[key] = [colour] if isinstance(data[key], list) else colour

    return in_file(THEME, how)


def pale_title(data: Any) -> None:
    data["textClasses"]["title"]["color"] = "#9AA5A0"


def pale_words(data: Any) -> None:
    objects = data["visual"]["objects"]["general"][0]["properties"]
    objects["paragraphs"][0]["textRuns"][0]["textStyle"]["color"] = "#9AA5A0"


COLOURS = {
    "a pale bar": (recolour("dataColors", "#9AD0C0"), "contrast of dataColors #9AD0C0 on #FFFFFF"),
    "a pale text": (recolour("foreground", "#9AA5A0"), "contrast of foreground #9AA5A0"),
    "a pale title": (in_file(THEME, pale_title), "contrast of textClasses.title #9AA5A0"),
    "pale words": (in_visual("d1/titulo", pale_words), "contrast of d1/titulo #9AA5A0"),
}

EVERYTHING = {
    **{f"fields: {name}": case for name, case in FIELDS.items()},
    **{f"shape: {name}": case for name, case in SHAPES.items()},
    **{f"layout: {name}": case for name, case in LAYOUT.items()},
    **{f"words: {name}": case for name, case in WORDS.items()},
    **{f"pages: {name}": case for name, case in PAGES.items()},
    **{f"freshness: {name}": case for name, case in FRESHNESS.items()},
    **{f"colours: {name}": case for name, case in COLOURS.items()},
}
