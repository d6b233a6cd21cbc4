"""Guesses which values are personal data, by their names and by what they look like.

It would rather suspect too much: a person takes a mark away more easily than data back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from atvos.contract import Protection
from atvos.scaffold.names import snake_case, words

_WORDS = words(
    """
    nome nomes motorista motoristas condutor condutora responsavel passageiro passageiros
    colaborador colaboradora funcionario funcionaria empregado supervisor gestor fiscal usuario
    matricula cpf rg cnh pis email mail telefone fone celular whatsapp contato endereco cep
    nascimento sexo genero salario senha assinatura driver passenger employee person people user
    username surname birth birthday gender salary password phone mobile address ssn passport ip
    signature
    """
)
_PHRASES = words(
    """
    name full_name first_name last_name user_name e_mail ip_address client_ip remote_addr
    """
)
_IMPERSONAL = words("host site garage unit unidade local rota linha pessoas")
"""Words beside which ``nome``, ``name`` and ``address`` are not those of a person."""
_LOOKS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # an e-mail address
    r"|(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)"  # a CPF
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"  # an IPv4 address
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}:?[0-9a-fA-F]{1,4}(?![\w:])"  # an IPv6 address
    r"|(?<!\w)(?:\+?55 ?)?\(?\d{2}\)? ?9?\d{4}-\d{4}(?![\w-])"  # a telephone number
)
_QUERY = re.compile(r"\?[^\s?]*=")
_GIVEN_NAMES = words(
    """
    adriana alexandre aline amanda ana anderson andre andreia antonia antonio beatriz bruna
    bruno camila carlos carla celso cesar claudia claudio cristina daniel daniela debora diego
    eduardo elaine fabio felipe fernanda fernando flavia francisca francisco gabriel gabriela
    geraldo guilherme gustavo henrique isabela jessica joana joao joaquim jorge jose josefa
    juliana julio larissa leandro leticia lucas luciana luis luiz luiza manoel marcelo marcia
    marcio marcos maria mariana mario mateus matheus mauricio miguel natalia patricia paula
    paulo pedro priscila rafael raimundo regina renata renato ricardo roberto rodrigo rosa
    sandra sebastiao sergio silvia sonia tatiane tereza thiago tiago valeria vanessa vera
    vinicius vitor wagner william
    """
)
_CPF_LENGTH = 11
_MANY = 0.2
"""Share of a column's values that are people's names or CPFs, where it holds such."""


def protection_of(name: str, texts: Sequence[str]) -> Protection | None:
    """How the texts of a column should be protected; None where they look harmless."""
    if is_personal_name(name) or looks_personal(texts):
        return Protection.HASH
    return Protection.STRIP_QUERY if any(map(_QUERY.search, texts)) else None


def is_personal_name(name: str) -> bool:
    """Whether a source's name for its values speaks of a person.

    >>> [is_personal_name(name) for name in ("clientIp", "Nome do motorista", "garage_name")]
    [True, True, False]
    """
    snake = snake_case(name)
    named = {form for word in snake.split("_") for form in (word, word.removesuffix("s"))}
    if snake in _PHRASES or any(snake.endswith(f"_{phrase}") for phrase in _PHRASES - {"name"}):
        return True
    if named & _IMPERSONAL and not named & (_WORDS - {"nome", "nomes", "address", "endereco"}):
        return False
    return bool(named & _WORDS)


def looks_personal(texts: Iterable[str]) -> bool:
    """Whether a text holds an address or a number of a person, or many are names or CPFs."""
    distinct = set(texts)
    if any(map(_LOOKS.search, distinct)):
        return True
    suspect = sum(_starts_like_a_person(text) or _is_cpf(text) for text in distinct)
    return suspect > _MANY * len(distinct)


def may_name_people(texts: Iterable[str]) -> bool:
    """Whether a text has two capitalised words, as names have that no list knows."""
    return any(re.search(r"[A-ZÀ-Þ]\w+ (?:d[aeo]s? )?[A-ZÀ-Þ]\w*", text) for text in texts)


def _starts_like_a_person(text: str) -> bool:
    first = text.split()[:1]
    return bool(first) and first[0][:1].isupper() and snake_case(first[0]) in _GIVEN_NAMES


def _is_cpf(text: str) -> bool:
    """Whether the text is eleven digits of which the last two check the others."""
    if len(text) != _CPF_LENGTH or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(digit) for digit in text]
    for size in (9, 10):
        weighted = sum(digit * (size + 1 - at) for at, digit in enumerate(digits[:size]))
        if weighted * 10 % 11 % 10 != digits[size]:
            return False
    return len(set(digits)) > 1
