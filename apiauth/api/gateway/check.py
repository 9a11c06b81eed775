"""`POST /v1/authz/check` (architecture section 5, wacht-contract section 11)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from apiauth import gateway
from apiauth.api import inputs
from apiauth.api.gateway import askers, failures, messages, quick
from apiauth.api.gateway.endpoints import Asked
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import ApiAuthError
from apiauth.gateway import Question, Verdict, answers
from apiauth.gateway.questions import ENVIRONMENTS, METHODS

MOST_BYTES = 64 * 1024
EXAMPLES: list[JsonValue] = [
    {
        "principal": {"type": "api_key", "value": "acme_live_…"},
        "method": "GET",
        "resource": "/api/reports",
        "client_ip": "203.0.113.7",
        "required_permissions": ["reports:read"],
    }
]

# In whatever case it is sent.
Method = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(METHODS)})]
Environment = Annotated[
    str, WithJsonSchema({"type": "string", "enum": sorted(ENVIRONMENTS)})
]


class Principal(BaseModel):
    """The credential of a customer's request."""

    model_config = ConfigDict(strict=True, extra="forbid")

    type: Literal["api_key", "oauth_access_token"]
    value: str = Field(description="The key itself.")


class CheckRequest(BaseModel):
    """A customer's request as the host saw it."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": EXAMPLES},
    )

    principal: Principal
    resource: str = Field(description="The path; a query is cut off.")
    method: Method
    client_ip: str | None = Field(None, description="Without it: the caller's.")
    user_agent: str | None = Field(None, description="Without it: the caller's.")
    required_permissions: list[str] | None = Field(
        None, description="All must hold; an entry may be an expression."
    )
    environment: Environment | None = Field(
        None, description="Keys of another environment are unknown."
    )
    explain: bool = Field(
        default=False,
        description="List all that is wrong; with a gateway key only.",
    )


class Check:
    """Say whether a key may make a request, with a status that clients understand."""

    methods = frozenset(["POST"])
    most_bytes = MOST_BYTES

    def ask(self, request: Request) -> Asked:
        """Read the question. Raises `ApiAuthError`."""
        bearer = askers.bearer(request)
        asked: CheckRequest | quick.Check | None = None
        if messages.is_plain_json(request):
            asked = quick.check(request.body)
        if asked is None:
            asked = inputs.validated(CheckRequest, messages.json_body(request))
        return asking([asked], request, bearer)

    def answer(
        self, asked: Asked, verdicts: Sequence[Verdict], *, seconds: float
    ) -> Response:
        """Write the verdict. Raises `TooManyFailures` to strangers who guess."""
        [verdict], [source] = verdicts, asked.sources
        failures.judge(verdict, source)
        status = answers.status_of(verdict.code)
        headers = {}
        if status == answers.UNAVAILABLE:
            headers["retry-after"] = str(answers.RETRY_AFTER)
        body = answers.body_of(verdict, seconds=seconds)
        return messages.as_json(status, body, headers)

    def refuse(self, refusal: ApiAuthError) -> Response:
        """Refuse as the other APIs do."""
        return messages.refused(refusal)


def asking(
    checks: Sequence[CheckRequest | quick.Check], request: Request, bearer: str | None
) -> Asked:
    """Make questions of checks. Raises `Invalid` naming the member."""
    sources, questions = [], []
    for check in checks:
        client_ip = (
            check.client_ip
            or request.headers.get("x-original-client-ip", "")
            or request.client_address
        )
        source = failures.source(request, bearer, client_ip)
        sources.append(source)
        questions.append(
            _question(check, request, bearer, client_ip, failures.is_traced(source))
        )
    return Asked(questions=questions, request=request, sources=sources)


def _question(
    check: CheckRequest | quick.Check,
    request: Request,
    bearer: str | None,
    client_ip: str,
    is_traced: bool,  # noqa: FBT001 - private, and passed on
) -> Question:
    headers = request.headers
    is_api_key = check.principal.type == "api_key"
    return gateway.ask(
        # Other kinds of principals are credentials that we cannot have made.
        secret=check.principal.value if is_api_key else "",
        method=check.method,
        resource=check.resource,
        client_ip=client_ip,
        user_agent=(
            check.user_agent
            or headers.get("x-original-user-agent", "")
            or headers.get("user-agent", "")
        ),
        required_permissions=check.required_permissions,
        bearer=bearer,
        environment=check.environment,
        explain=check.explain,
        is_traced=is_traced,
    )
