"""The measures that reports and spreadsheets of analysts are built on keep their names."""

import pytest

from atvos.powerbi import model
from atvos.powerbi.check import MODEL
from tests.powerbi.conftest import PROJECT

FOLDERS = {
    "Custo": (
        *("Km rodado", "Viagens", "Gasto variável", "Gasto fixo", "Gasto total"),
        *("Participação do variável (%)", "Custo por km", "Ocupação média (%)"),
    ),
    "Previsão": (
        *("Km no mês", "Km previsto no mês", "Custo fixo do mês", "Custo variável até agora"),
        *("Custo variável previsto", "Custo total previsto", "Plano do mês", "Desvio do plano"),
        *("Desvio do plano (%)", "Veículos sem preço"),
    ),
    "Divergência": (
        *("Km declarado", "Km medido", "Divergência (km)", "Divergência (%)", "Impacto (R$)"),
        *("Declarações comparadas", "Achados", "Achados (%)", "Posição da transportadora"),
    ),
    "D-1": (*("Dia do D-1", "Km D-1", "Viagens D-1", "Gasto D-1", "Gasto D-1 contra 7 dias (%)"),),
    "Frota": ("Veículos", "Assentos", "Veículos sem telemetria", "Veículos para revisar"),
    "Ocorrências": (
        *("Ocorrências", "Ocorrências abertas", "Ocorrências atrasadas", "Atraso médio (min)"),
        "Replanejadas (%)",
    ),
    "Serviço": (
        *("Requisições", "Erros", "Taxa de erro (%)", "Quedas", "Latência mediana (ms)"),
        "Latência p95 (ms)",
    ),
    "Atualidade": ("Dados até", "Idade dos dados (h)", "Estado dos dados", "Cor do estado"),
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_holds_its_measures(folder: str) -> None:
    measures = model.load(PROJECT / MODEL).tables["medidas"].measures.values()
    shown = [each.name for each in measures if each.folder == folder and not each.is_hidden]
    assert shown == list(FOLDERS[folder])


def test_no_measure_stands_outside_them() -> None:
    loaded = model.load(PROJECT / MODEL)
    assert {measure.folder for _, measure in loaded.measures()} == {*FOLDERS}
    assert {table.name for table, _ in loaded.measures()} == {"medidas"}
