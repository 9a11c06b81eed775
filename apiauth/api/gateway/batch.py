"""`POST /v1/authz/check-batch`: many checks in one request, one verdict each."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from apiauth.api import inputs
from apiauth.api.gateway import askers, check, failures, messages, quick
from apiauth.api.gateway.endpoints import Asked
from apiauth.api.gateway.failures import Source
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import ApiAuthError, TooManyFailures
from apiauth.gateway import Code, Verdict, answers
from apiauth.gateway.answers import Answer
from apiauth.http import responses

MOST_CHECKS = 100
MOST_BYTES = 1024 * 1024


class BatchRequest(BaseModel):
    """Checks to be answered together, in their order."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{"checks": check.EXAMPLES}]},
    )

    checks: list[check.CheckRequest] = Field(min_length=1, max_length=MOST_CHECKS)


class Batch:
    """Answer many checks at once: a verdict each, in their order.

    The status tells of the request as a whole; each verdict has its own `code`.
    """

    methods = frozenset(["POST"])
    most_bytes = MOST_BYTES

    def ask(self, request: Request) -> Asked:
        """Read the questions. Raises `ApiAuthError` for the first one that is wrong."""
        bearer = askers.bearer(request)
        if messages.is_plain_json(request):
            read = quick.checks(request.body, MOST_CHECKS)
            if read is not None:
                return check.asking(read, request, bearer)
        asked = inputs.validated(BatchRequest, messages.json_body(request))
        return check.asking(asked.checks, request, bearer)

    def answer(
        self, asked: Asked, verdicts: Sequence[Verdict], *, seconds: float
    ) -> Response:
        """Write all verdicts; 503 only where there is not one."""
        pairs = zip(verdicts, asked.sources, strict=True)
        results = [_result(v, source, seconds) for v, source in pairs]
        away = all(verdict.code is Code.UNAVAILABLE for verdict in verdicts)
        if away:
            retry = {"retry-after": str(answers.RETRY_AFTER)}
            return messages.as_json(answers.UNAVAILABLE, {"results": results}, retry)
        return messages.as_json(answers.OK, {"results": results})

    def refuse(self, refusal: ApiAuthError) -> Response:
        """Refuse as the other APIs do."""
        return messages.refused(refusal)


def _result(
    verdict: Verdict, source: Source, seconds: float
) -> Answer | dict[str, object]:
    try:
        failures.judge(verdict, source)
    except TooManyFailures as refusal:
        return {"allowed": False, **responses.members_of(refusal)}
    return answers.body_of(verdict, seconds=seconds)
