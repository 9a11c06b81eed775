"""JSON values: in the form that every database gives back, and compared as JSON."""

import json
import math
from decimal import Decimal


def form(value: object) -> object:
    r"""Bring a JSON value into the form that survives any database's JSON column.

    PostgreSQL keeps numbers as decimals: whole ones come back as integers, and -0.0
    without its sign. Hence whole numbers become integers, of the digits that JSON
    writes. What no column can hold is told by its escape (`\u0000`, `\ud800`) or its
    name (`NaN`, `-Infinity`), and names of members become text as JSON makes them.
    """
    match value:
        case float():
            return _number(value) if math.isfinite(value) else json.dumps(value)
        case str():
            return _text(value)
        case dict():
            return {_name(name): form(part) for name, part in value.items()}
        case list() | tuple():
            return [form(part) for part in value]
    return value


def is_same(one: object, other: object) -> bool:
    """Tell whether two values are the same in JSON: 1 and 1.0 are, 1 and true are not.

    Python has True equal to 1, which would take a change from one to the other for none.
    """
    match one, other:
        case (bool(), _) | (_, bool()):
            return one is other
        case dict(), dict():
            return one.keys() == other.keys() and all(
                is_same(part, other[name]) for name, part in one.items()
            )
        case (list() | tuple(), list() | tuple()):
            return len(one) == len(other) and all(map(is_same, one, other))
        case (int() | float(), int() | float()):
            return form(one) == form(other)
    return one == other


def _number(value: float) -> float:
    # An integer of the digits that are written: 1e23 is 10**23, as a decimal has it,
    # and not the 99999999999999991611392 that is nearest to it in binary.
    return int(Decimal(repr(value))) if value.is_integer() else value


def _name(name: object) -> str:
    return _text(name if isinstance(name, str) else json.dumps(name))


def _text(value: str) -> str:
    shown = value.replace("\0", r"\u0000")
    return shown.encode("utf-8", "backslashreplace").decode()
