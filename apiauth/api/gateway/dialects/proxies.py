"""What the dialects share: one question a request, and an answer to act on."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from apiauth import gateway
from apiauth.api.gateway import failures, messages
from apiauth.api.gateway.dialects import answering, asking, places
from apiauth.api.gateway.dialects.originals import Original
from apiauth.api.gateway.endpoints import Asked
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import (
    ApiAuthError,
    Forbidden,
    TooManyFailures,
    Unauthenticated,
)
from apiauth.gateway import Code, Verdict
from apiauth.gateway.questions import METHODS
from apiauth.http import responses

# What an operator has to mend before anything can be asked.
_UNASKED = (asking.NotForwarded, asking.UntrustedProxy)
_ASKER = (Forbidden, Unauthenticated)


class Dialect(ABC):
    """One kind of proxy, as an endpoint of the gateway.

    Answers have no verdict in their body: clients see it, and learn only what they may.
    """

    methods = METHODS
    most_bytes = 64 * 1024  # They are not read.

    def ask(self, request: Request) -> Asked:
        """Read the one question.

        Raises `UntrustedProxy` and `NotForwarded`, `Invalid` for what is malformed, and
        `Unauthenticated` for a proxy without a key.
        """
        asking.require_trust(request)
        original, bearer = self.original(request), asking.gateway_key(request)
        source = failures.source(request, bearer, request.client_address)
        question = gateway.ask(
            # Without any it is malformed, which is decided without a look-up.
            secret=places.credential(request.headers, original.query),
            method=original.method,
            resource=original.path,
            client_ip=request.client_address,
            user_agent=request.headers.get("user-agent", ""),
            required_permissions=self.required(request),
            bearer=bearer,
            is_traced=failures.is_traced(source),
        )
        return Asked(questions=[question], request=request, sources=[source])

    @abstractmethod
    def original(self, request: Request) -> Original:
        """Read the request that is held back. Raises `NotForwarded` and `Invalid`."""

    def required(self, request: Request) -> list[str]:
        """List what the key must allow. Raises `Invalid`."""
        return [
            *asking.required_by_address(request),
            *asking.required_by_header(request),
        ]

    def answer(
        self,
        asked: Asked,
        verdicts: Sequence[Verdict],
        *,
        seconds: float,  # noqa: ARG002 - every endpoint is told
    ) -> Response:
        """Write the verdict; `X-Auth-Code` says which it is.

        Raises `TooManyFailures` to strangers who guess; who brings no key does not.
        """
        [question], [verdict], [source] = asked.questions, verdicts, asked.sources
        code = str(verdict.code)
        if verdict.code is Code.MALFORMED and not question.secret:
            code = answering.MISSING
        else:
            failures.judge(verdict, source)
        headers = answering.headers_of(verdict, code)
        if verdict.allowed:
            return messages.as_json(
                answering.OK, {"allowed": True}, self.headers(headers)
            )
        return self._refused(code, headers, verdict.retry_after)

    def refuse(self, refusal: ApiAuthError) -> Response:
        """Write what is no verdict: what cannot be asked, or may not be asked."""
        if isinstance(refusal, TooManyFailures):
            code = answering.TOO_MANY_FAILURES
            return self._refused(code, answering.blank(code))
        if isinstance(refusal, _ASKER) and not isinstance(refusal, _UNASKED):
            code = answering.GATEWAY_KEY
            return self._refused(code, answering.blank(code))
        headers = dict.fromkeys(answering.IDENTITY, "")
        headers |= {answering.CODE: refusal.code, answering.ERROR: refusal.code}
        status = responses.status_of(type(refusal))
        members = responses.members_of(refusal)
        return messages.as_json(self.status(status), members, self.headers(headers))

    def status(self, status: int) -> int:
        """Say a status as this proxy understands it."""
        return status

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Add what this proxy alone reads."""
        return headers

    def _refused(
        self, code: str, headers: Mapping[str, str], retry_after: int | None = None
    ) -> Response:
        refusal = answering.refusal(code)
        problem = {"message": refusal.sentence, "code": refusal.error}
        return messages.as_json(
            self.status(refusal.status),
            {"error": refusal.error, **problem, "errors": [problem]},
            self.headers({**headers, **answering.more_of(refusal, retry_after)}),
        )
