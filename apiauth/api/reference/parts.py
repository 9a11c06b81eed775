"""The parts of the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from apiauth.api.reference.rows import Prose, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Something to look at, under a title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One word that programs act on."""

    word: str
    status: int
    meaning: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What may come back under one status: members, or codes of refusals."""

    status: int
    phrase: Prose
    rows: Sequence[Row]
    codes: Sequence[tuple[str, str]]  # and the table that explains it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One operation."""

    id: str
    method: str
    path: str
    also_at: Sequence[str]
    summary: str
    description: Prose
    rights: Sequence[tuple[str, Sequence[str]]]  # a credential and what it must carry
    is_open: bool
    is_deprecated: bool
    parameters: Sequence[Row]
    media_types: Sequence[str]
    is_body_required: bool
    body: Sequence[Row]
    answers: Sequence[Answer]
    refusals: Sequence[Answer]
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Operations that belong together."""

    name: str
    anchor: str
    description: Prose
    operations: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a caller shows, and how."""

    name: str
    how: str
    description: Prose
    rights: Sequence[tuple[str, Sequence["Shown"]]]  # each with what it opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One thing that bodies and answers are made of."""

    name: str
    description: Prose
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page."""

    product: str
    title: str
    about: Prose
    base: str
    credentials: Sequence[Credential]
    groups: Sequence[Group]
    error: Example
    errors: Sequence[Code]
    verdicts: Sequence[Code]
    schemas: Sequence[Schema]
