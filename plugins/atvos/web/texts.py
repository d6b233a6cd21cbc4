"""The words of the page, in Portuguese and English."""

from __future__ import annotations

from collections.abc import Mapping

from atvos.monitoring.runbooks import Language

DEFAULT = Language.PORTUGUESE

_PAIRS = {
    "title": ("Dados", "Datasets"),
    "skip": ("Ir para o conteúdo", "Skip to the content"),
    "other_language": ("English", "Português"),
    "read_at": ("Lido em", "Read at"),
    "zone": ("horário de São Paulo", "São Paulo time"),
    "refresh": ("Ler de novo", "Read again"),
    "all": ("Todos os dados", "All datasets"),
    "summary": ("Resumo", "Summary"),
    "none": ("nenhum", "none"),
    "never": ("nunca", "never"),
    "dataset": ("conjunto", "dataset"),
    "tier": ("nível", "tier"),
    "state": ("situação", "state"),
    "data_as_of": ("dados até", "data as of"),
    "age": ("idade", "age"),
    "slo": ("SLO", "SLO"),
    "last_run": ("último lote ou construção", "last batch or build"),
    "last_success": ("última publicação", "last publish"),
    "waiting": ("objetos à espera", "waiting objects"),
    "held_batches": ("lotes retidos", "held batches"),
    "rejected": ("rejeitadas", "rejected"),
    "failing": ("verificações reprovadas", "failing checks"),
    "rows": ("linhas", "rows"),
    "owner": ("responsável", "owner"),
    "support": ("contato", "support"),
    "since": ("desde", "since"),
    "fresh": ("em dia", "fresh"),
    "stale": ("atrasado", "stale"),
    "unknown": ("desconhecido", "unknown"),
    "paused": ("em pausa", "paused"),
    "past_deadline": ("prazo perdido", "past its deadline"),
    "published": ("publicado", "published"),
    "held": ("retido", "held"),
    "stopped": ("parado por verificação", "stopped by a check"),
    "checked": ("verificado", "checked"),
    "passed": ("aprovada", "passed"),
    "failed": ("reprovada", "failed"),
    "errored": ("com erro", "errored"),
    "error": ("bloqueia", "blocks"),
    "warning": ("avisa", "warns"),
    "what_to_do": ("O que fazer", "What to do"),
    "runbook": ("Runbook", "Runbook"),
    "why": ("No terminal, para saber o motivo:", "In a terminal, to know the reason:"),
    "runs": ("Execuções no Airflow", "Runs in Airflow"),
    "batches": ("Últimos lotes", "Last batches"),
    "batch": ("lote", "batch"),
    "landed": ("chegou em", "landed at"),
    "recorded": ("registrado em", "recorded at"),
    "objects": ("objetos", "objects"),
    "valid": ("válidas", "valid"),
    "duplicate": ("duplicadas", "duplicate"),
    "pending": ("pendentes", "pending"),
    "detail": ("detalhe", "detail"),
    "checks": ("Verificações da última auditoria", "Checks of the last audit"),
    "check": ("verificação", "check"),
    "severity": ("efeito", "effect"),
    "observed": ("observado", "observed"),
    "expected": ("esperado", "expected"),
    "columns": ("colunas", "columns"),
    "reasons": ("Rejeições por motivo", "Rejects by reason"),
    "reason": ("motivo", "reason"),
    "samples": ("Amostras da quarentena", "Quarantine samples"),
    "samples_note": (
        "Os registros estão como foram guardados: dados pessoais são pseudônimos ou não estão.",
        "Records are shown as they are kept: personal data is a pseudonym or left out.",
    ),
    "no_samples": ("Nenhuma rejeição nos últimos 30 dias.", "No reject in the last 30 days."),
    "record": ("registro", "record"),
    "object": ("objeto", "object"),
    "position": ("posição", "position"),
    "withheld": ("não guardado", "withheld"),
    "docs": ("Data Docs", "Data Docs"),
    "no_docs": ("Nenhuma página ainda.", "No page yet."),
    "no_datasets": ("Nenhum conjunto que você possa ver.", "No dataset that you may see."),
    "not_found": ("Página não encontrada", "Page not found"),
    "not_found_text": (
        "Não existe, ou você não pode ver.",
        "It does not exist, or you may not see it.",
    ),
    "forbidden": ("Acesso negado", "Access denied"),
    "forbidden_text": ("Entre no Airflow de novo.", "Log in to Airflow again."),
    "unavailable": ("Não foi possível ler os dados", "The data cannot be read"),
    "unavailable_text": (
        "BigQuery ou Cloud Storage não responde. Tente de novo em um minuto.",
        "BigQuery or Cloud Storage does not answer. Try again in a minute.",
    ),
}


def of(language: Language) -> Mapping[str, str]:
    """The words of one language, by key."""
    place = 0 if language is Language.PORTUGUESE else 1
    return {key: pair[place] for key, pair in _PAIRS.items()}


def chosen(asked: str | None, accepted: str) -> Language:
    """The language of ``?lang=``, else the first of Accept-Language that there is.

    >>> chosen(None, "fr;q=0.9, en-GB;q=0.8, pt;q=0.1").value
    'en'
    """
    named = _named(asked or "")
    if named is not None:
        return named
    wanted = sorted(map(_weighed, accepted.split(",")), key=lambda item: -item[0])
    found = (_named(tag) for weight, tag in wanted if weight > 0)
    return next((language for language in found if language is not None), DEFAULT)


def _named(tag: str) -> Language | None:
    prefix = tag.strip().lower().partition("-")[0]
    return {"pt": Language.PORTUGUESE, "en": Language.ENGLISH}.get(prefix)


def _weighed(item: str) -> tuple[float, str]:
    tag, _, quality = item.partition(";")
    try:
        return float(quality.strip().removeprefix("q=") or 1), tag
    except ValueError:
        return 0, tag
