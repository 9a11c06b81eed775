"""Closed sets of words that answers use, each with its meaning.

A schema marks a member with `ErrorCode` or `VerdictCode`; the description of the API
(`apiauth.api.document`) puts the words in its place.
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import WithJsonSchema

from apiauth import gateway
from apiauth.errors import ApiAuthError
from apiauth.gateway import answers, codes
from apiauth.http import responses

MARK = "x-vocabulary"

ErrorCode = Annotated[
    str, WithJsonSchema({"type": "string", MARK: "ErrorCode"}, mode="serialization")
]
VerdictCode = Annotated[
    str, WithJsonSchema({"type": "string", MARK: "VerdictCode"}, mode="serialization")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word: what it means and, on its own, says; its status where it has one."""

    word: str
    meaning: str
    sentence: str
    status: int


def error_codes() -> list[Word]:
    """Every code that a refusal may carry, by its status."""
    words = {refusal.word: refusal for refusal in [*_unrouted(), *_refusals()]}
    return sorted(words.values(), key=lambda word: (word.status, word.word))


def verdict_codes() -> list[Word]:
    """Every verdict of the gateway, with the status of a check that it answers."""
    ordered = sorted(
        gateway.Code,
        key=lambda code: (
            answers.status_of(code),
            code is not gateway.Code.VALID,
            code,
        ),
    )
    return [
        Word(
            word=code.value,
            meaning=codes.SENTENCES.get(code, "This API key may make the request."),
            sentence=codes.SENTENCES.get(code, ""),
            status=answers.status_of(code),
        )
        for code in ordered
    ]


def _unrouted() -> Iterator[Word]:
    for status, (code, sentence) in responses.UNROUTED.items():
        yield Word(word=code, meaning=sentence, sentence=sentence, status=status)


def _refusals() -> Iterator[Word]:
    for kind in _kinds(ApiAuthError):
        yield Word(
            word=kind.code,
            meaning=inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0],
            sentence=kind.sentence,
            status=responses.status_of(kind),
        )


def _kinds(of: type[ApiAuthError]) -> Iterator[type[ApiAuthError]]:
    """Every class below one, those first whose codes others may repeat."""
    for kind in of.__subclasses__():
        yield from _kinds(kind)
        yield kind
