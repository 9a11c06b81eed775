"""Reads JSON members by name and type, and writes Python values as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

V = TypeVar("V")


class Unreadable(ValueError):
    """A member of an answer is missing or of another type; says which."""


class Wire:
    """One JSON object of an answer. Members that nobody asks for are ignored."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def text(self, name: str) -> str:
        return self._needed(name, str)

    def maybe_text(self, name: str) -> str | None:
        return self._typed(name, str)

    def flag(self, name: str) -> bool:
        return self._needed(name, bool)

    def number(self, name: str) -> int:
        return self._needed(name, int)

    def maybe_number(self, name: str) -> int | None:
        return self._typed(name, int)

    def moment(self, name: str) -> datetime:
        return _moment(self.text(name), name)

    def maybe_moment(self, name: str) -> datetime | None:
        value = self.maybe_text(name)
        return None if value is None else _moment(value, name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of text; an absent one is empty."""
        values: list[object] = self._typed(name, list) or []
        if not all(isinstance(value, str) for value in values):
            raise Unreadable(f"{name} is not a list of text")
        return tuple(str(value) for value in values)

    def members(self, name: str) -> Mapping[str, Any]:
        """Read an object as it is; an absent one is empty."""
        return self._typed(name, dict) or {}

    def object(self, name: str) -> Wire:
        return Wire(self._needed(name, dict))

    def maybe_object(self, name: str) -> Wire | None:
        value = self._typed(name, dict)
        return None if value is None else Wire(value)

    def objects(self, name: str) -> tuple[Wire, ...]:
        values: list[object] = self._needed(name, list)
        wires = tuple(Wire(value) for value in values if isinstance(value, dict))
        if len(wires) != len(values):
            raise Unreadable(f"{name} is not a list of objects")
        return wires

    def _needed(self, name: str, kind: type[V]) -> V:
        value = self._typed(name, kind)
        if value is None:
            raise Unreadable(f"{name} is missing")
        return value

    def _typed(self, name: str, kind: type[V]) -> V | None:
        value: object = self._members.get(name)
        if value is None:
            return None
        # A bool is an int to Python, and to nobody else.
        if not isinstance(value, kind) or type(value) is not kind:
            raise Unreadable(f"{name} has another type")
        return value


def jsonable(values: Mapping[str, object]) -> dict[str, object]:
    """Bring arguments into JSON's types. Raises `TypeError` or `ValueError`."""
    return {name: _plain(name, value) for name, value in values.items()}


def texts(name: str, values: Iterable[str]) -> list[str]:
    """List several pieces of text; one alone is a mistake that would go unnoticed."""
    if isinstance(values, str):
        raise TypeError(f"{name} takes a list of text, not text")
    return list(values)


def _plain(name: str, value: object) -> object:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{name} needs a time zone")
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    return value


def _moment(value: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise Unreadable(f"{name} is not a moment") from None
    if moment.utcoffset() is None:
        raise Unreadable(f"{name} has no time zone")
    return moment
