"""What single vehicles do that is not ordinary; each habit is that of one in so many."""

from datetime import date

_PERIOD = 40
_FALLS, _JUMPS, _NEVER_SENDS, _STARTS_AT_ZERO = 1, 2, 5, 6
_CLAIM_PERIOD = 20
_A_LITTLE_MORE, _FAR_MORE, _LESS, _EXACTLY_10, _BILLS_MORE, _LOSES_BULLETINS = 7, 9, 11, 13, 15, 17


def starts_at_zero(number: int) -> bool:
    """Whether the odometer is new at the sample's begin."""
    return number % _PERIOD == _STARTS_AT_ZERO


def falls(number: int, day: date) -> bool:
    """Whether the odometer is set back at noon of the day."""
    return number % _PERIOD == _FALLS and _third_day(number, day)


def jumps(number: int, day: date) -> bool:
    """Whether the odometer leaps at noon of the day."""
    return number % _PERIOD == _JUMPS and _third_day(number, day)


def silent(number: int, day: date) -> bool:
    """Whether the vehicle drives but sends no telemetry that day; the first always sends."""
    return number % _PERIOD == _NEVER_SENDS or (
        number % 14 == 4 and _third_day(number, day)  # noqa: PLR2004
    )


def always_sends(number: int) -> bool:
    """Whether there is no day on which the vehicle is silent."""
    return number % _PERIOD != _NEVER_SENDS and number % 14 != 4  # noqa: PLR2004


def drives_tens_of_metres(number: int) -> bool:
    """Whether a tenth more of any distance driven is a whole number of metres."""
    return number % _CLAIM_PERIOD == _EXACTLY_10


def declared_percent(number: int) -> int:
    """What drivers write into bulletins, in percent of what they drove."""
    return {
        _A_LITTLE_MORE: 105,
        _FAR_MORE: 112 + number % 29,
        _LESS: 85,
        _EXACTLY_10: 110,
    }.get(number % _CLAIM_PERIOD, 100)


def billed_percent(number: int) -> int:
    """What the carrier bills, in percent of what the bulletins say."""
    return 120 if number % _CLAIM_PERIOD == _BILLS_MORE else 100


def loses_bulletin(number: int, day: date) -> bool:
    """Whether nobody wrote a bulletin that day."""
    return number % _CLAIM_PERIOD == _LOSES_BULLETINS and _third_day(number, day)


def _third_day(number: int, day: date) -> bool:
    return (day.toordinal() + number) % 3 == 0
