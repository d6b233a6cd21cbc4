"""Invented people: none of these names may get out of a pipeline."""

from itertools import product

_GIVEN = (
    "Adalgisa", "Benvindo", "Cassiana", "Dorival", "Edivânia", "Florisval", "Gislaine",
    "Hermínio", "Iracema", "Jovelino", "Lindomar", "Marinalva",
)  # fmt: skip
_MIDDLE = ("Aparecida", "Batista", "da Conceição", "dos Anjos", "Evangelista", "Ferraz", "Gusmão")
_FAMILY = ("Quirino", "Tavares", "Urzedo", "Vilhena", "Xavier", "Zanatta", "Peçanha", "Lourenço")
_PEOPLE = [" ".join(parts) for parts in product(_GIVEN, _MIDDLE, _FAMILY)]


def name(number: int) -> str:
    """A person's full name, the same for the same number."""
    return _PEOPLE[number * 101 % len(_PEOPLE)]


def mail(number: int) -> str:
    """An address for a person of that number."""
    given, *_, family = name(number).lower().split()
    return f"{_ascii(given)}.{_ascii(family)}{number}@example.com"


def _ascii(text: str) -> str:
    return text.translate(str.maketrans("âíóçãú", "aiocau"))
