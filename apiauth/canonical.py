"""JSON values in the one form that every database gives back as it was stored."""

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


def _number(value: float) -> float:
    # An integer of the digits that are written: 1e23 is 10**23, as a decimal has it,
    # and not the 99999999999999991611392 that is nearest to it in binary.
    return int(Decimal(repr(value))) if value.is_integer() else value


def _name(name: object) -> str:
    return _text(name if isinstance(name, str) else json.dumps(name))


def _text(value: str) -> str:
    shown = value.replace("\0", r"\u0000")
    return shown.encode("utf-8", "backslashreplace").decode()
