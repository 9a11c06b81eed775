"""What an endpoint of the gateway is: it reads questions and writes answers."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from apiauth.api.gateway.failures import Source
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import ApiAuthError
from apiauth.gateway import Question, Verdict


class Asked(Struct, frozen=True, kw_only=True):
    """What a request asks: its questions, and what the answer needs to know of it.

    `sources` says where each question comes from.
    """

    questions: Sequence[Question]
    request: Request
    sources: Sequence[Source] = ()


class Endpoint(Protocol):
    """One address of the gateway; all that is not deciding, and nothing that waits."""

    methods: frozenset[str]
    most_bytes: int

    def ask(self, request: Request) -> Asked:
        """Read the questions. Raises `ApiAuthError` for what cannot be asked."""
        ...

    def answer(
        self, asked: Asked, verdicts: Sequence[Verdict], *, seconds: float
    ) -> Response:
        """Write the verdicts, one for each question; `seconds` is what they took."""
        ...

    def refuse(self, refusal: ApiAuthError) -> Response:
        """Write what came in the place of verdicts, a refused asker among it."""
        ...
