"""What a key may do: names, grants with wildcards, and required expressions.

A permission is a name such as `reports:read`. A grant may end in `*` as its
last segment: `reports:*` covers `reports:read`, but neither `reports` nor
`reports:2026:read`. What a caller requires is an expression:

    expression = term { "OR" term }
    term       = factor { "AND" factor }
    factor     = NAME | "(" expression ")"

An entry without operators may also be a comma list, read as AND.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from apiauth import text
from apiauth.errors import Invalid

MAX_PERMISSIONS = 100
MAX_NAME = 100
MAX_EXPRESSION = 1000
_MAX_DEPTH = 20
_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:[.:/][A-Za-z0-9_\-]+)*", re.ASCII)
_GRANT = re.compile(r"(?:[A-Za-z0-9_\-]+[.:/])*(?:[A-Za-z0-9_\-]+|\*)", re.ASCII)
_LAST_SEGMENT = re.compile(r"[^.:/]*\Z")
_TOKEN = re.compile(r"\s*(?:([()])|([^\s()]+))")


@dataclass(frozen=True, slots=True)
class Name:
    """One permission, required as it is."""

    value: str

    def allows(self, granted: Collection[str]) -> bool:
        # Most are granted by their very names; of the others `covers` finds no more
        # than these two. To look for them is no work, however many are granted.
        return self.value in granted or any(w in granted for w in _wider(self.value))

    def missing(self, granted: Collection[str]) -> tuple[str, ...]:
        """Names that, granted as well, would satisfy it; none where they all are."""
        return () if self.allows(granted) else (self.value,)

    def names(self) -> Iterator[str]:
        yield self.value


@dataclass(frozen=True, slots=True)
class Every:
    """All parts are required."""

    parts: "tuple[Expression, ...]"

    def allows(self, granted: Collection[str]) -> bool:
        for part in self.parts:  # noqa: SIM110 - `all` takes twice as long, each time.
            if not part.allows(granted):
                return False
        return True

    def missing(self, granted: Collection[str]) -> tuple[str, ...]:
        names = (name for part in self.parts for name in part.missing(granted))
        return tuple(dict.fromkeys(names))

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts is enough."""

    parts: "tuple[Expression, ...]"

    def allows(self, granted: Collection[str]) -> bool:
        return any(part.allows(granted) for part in self.parts)

    def missing(self, granted: Collection[str]) -> tuple[str, ...]:
        """Of the ways to satisfy it, the shortest; the first of such."""
        return min((part.missing(granted) for part in self.parts), key=len)

    def names(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.names()


type Expression = Name | Every | Either


def grants(values: object, *, field: str = "permissions") -> list[str]:
    """Check a list of grants; returns it sorted and without doubles.

    Raises `Invalid` when it is no list of permission names.
    """
    if not isinstance(values, list | tuple):
        raise Invalid("Permissions must be a list of names.", field=field)
    if len(values) > MAX_PERMISSIONS:
        raise Invalid(f"At most {MAX_PERMISSIONS} permissions.", field=field)
    for value in values:
        if not isinstance(value, str) or len(value) > MAX_NAME:
            raise Invalid(
                f"A permission is a name of at most {MAX_NAME} characters.",
                field=field,
            )
        if not _GRANT.fullmatch(value):
            raise Invalid(
                "A permission is made of letters, digits, _ and -, in segments "
                "divided by : . or /; * may only be its last segment.",
                field=field,
            )
    return sorted(set(values))


def covers(grant: str, name: str) -> bool:
    """Tell whether one grant covers one permission (or one narrower grant)."""
    if grant in {name, "*"}:
        return True
    stem, star = grant[:-1], grant[-1:]
    if star != "*" or not name.startswith(stem):
        return False
    return not re.search(r"[.:/]", name[len(stem) :])


def _wider(name: str) -> tuple[str, str]:
    """List the grants with a wildcard that cover a permission."""
    return "*", _LAST_SEGMENT.sub("*", name, count=1)


def beyond(ceiling: Sequence[str], wanted: Iterable[str]) -> list[str]:
    """List what is wanted and no grant of the ceiling covers."""
    return [w for w in wanted if not any(covers(c, w) for c in ceiling)]


def within(ceiling: Sequence[str], granted: Sequence[str]) -> list[str]:
    """Intersect grants with a non-empty ceiling; an empty one leaves all.

    Of a wider grant, the narrower entries of the ceiling remain: `reports:*` under
    `reports:read` is `reports:read`.
    """
    if not ceiling:
        return sorted(set(granted))
    too_wide = beyond(ceiling, granted)
    narrower = [c for c in ceiling if any(covers(g, c) for g in too_wide)]
    return sorted({*granted, *narrower} - set(too_wide))


def parse(entry: object) -> Expression:
    """Read one required entry.

    Raises `Invalid` when it does not follow the grammar: a malformed
    requirement is an error of the caller, never an accidental pass.
    """
    if not isinstance(entry, str) or len(entry) > MAX_EXPRESSION:
        raise Invalid(
            "A required permission must be text of at most "
            f"{MAX_EXPRESSION} characters.",
            field="required_permissions",
        )
    tokens = [a or b for a, b in _TOKEN.findall(entry)]
    if not {"AND", "OR", "(", ")"} & set(tokens):
        return Every(tuple(_name(part.strip()) for part in entry.split(",")))
    parser = _Parser(tokens)
    expression = parser.expression(0)
    if parser.position < len(tokens):
        raise _malformed(f"unexpected “{tokens[parser.position]}”")
    return expression


def requirement(entries: object) -> Every:
    """Read `required_permissions`: every entry must hold; blank ones are dropped."""
    if not isinstance(entries, list | tuple) or len(entries) > MAX_PERMISSIONS:
        raise Invalid(
            f"required_permissions must be a list of at most {MAX_PERMISSIONS}.",
            field="required_permissions",
        )
    wanted = [e for e in entries if not (isinstance(e, str) and not e.strip())]
    return Every(tuple(parse(entry) for entry in wanted))


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0

    def expression(self, depth: int) -> Expression:
        parts = [self.term(depth)]
        while self._took("OR"):
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def term(self, depth: int) -> Expression:
        parts = [self.factor(depth)]
        while self._took("AND"):
            parts.append(self.factor(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def factor(self, depth: int) -> Expression:
        if depth > _MAX_DEPTH:
            raise _malformed("too many parentheses")
        if self._took("("):
            inner = self.expression(depth + 1)
            if not self._took(")"):
                raise _malformed("a parenthesis is not closed")
            return inner
        if self.position == len(self.tokens):
            raise _malformed("it ends too early")
        self.position += 1
        return _name(self.tokens[self.position - 1])

    def _took(self, token: str) -> bool:
        if self.tokens[self.position : self.position + 1] != [token]:
            return False
        self.position += 1
        return True


def _name(token: str) -> Name:
    if token in {"AND", "OR"} or not _NAME.fullmatch(token):
        raise _malformed(f"“{text.shorten(token, 40)}” is not a permission")
    return Name(token)


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"A required permission could not be read: {why}.",
        field="required_permissions",
    )
