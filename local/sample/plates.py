"""Licence plates, as they are registered and as people write them."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MERCOSUL = "ABCDEFGHIJ"
_SEPARATORS = ("", "-", " ")


def registered(number: int) -> str:
    """Old (AAA9999) and Mercosul (AAA9A99) plates by turns, separators as they come."""
    plate = _spelled(_signs(number), number)
    return plate.lower() if number % 17 == 11 else plate  # noqa: PLR2004


def declared(number: int, style: int) -> str:
    """The plate of the same vehicle in another spelling, for some as after its conversion."""
    signs = normal(number) if number % 11 == 6 else _signs(number)  # noqa: PLR2004
    plate = _spelled(signs, style)
    return plate.lower() if style % 13 == 5 else plate  # noqa: PLR2004


def normal(number: int) -> str:
    """Upper case without separators, the fifth character a letter: a converted plate is the
    same vehicle's."""
    signs = _signs(number)
    if signs[4].isdigit():
        return signs[:4] + _MERCOSUL[int(signs[4])] + signs[5:]
    return signs


def _signs(number: int) -> str:
    letters = "".join(_LETTERS[(number // 24**place) % 24] for place in (2, 1, 0))
    digits = f"{number * 37 % 10_000:04d}"
    if number % 2:
        digits = digits[0] + _LETTERS[number % 24] + digits[2:]
    return letters + digits


def _spelled(signs: str, style: int) -> str:
    return signs[:3] + _SEPARATORS[style % 3] + signs[3:]
