"""`POST /v1/authz/check` (architecture section 5, wacht-contract section 11)."""

import time
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from apiauth import gateway
from apiauth.api import inputs
from apiauth.api.endpoints import endpoint
from apiauth.errors import Unauthenticated
from apiauth.gateway import answers
from apiauth.gateway.questions import METHODS
from apiauth.http import guards, requests, transports
from apiauth.models import Scope

# In whatever case it is sent.
Method = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(METHODS)})]


class Principal(Schema):
    """The credential of a customer's request."""

    model_config = ConfigDict(strict=True, extra="forbid")

    type: Literal["api_key", "oauth_access_token"]
    value: str = Field(description="The key itself.")


class CheckRequest(Schema):
    """A customer's request as the host saw it."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "principal": {"type": "api_key", "value": "acme_live_…"},
                    "method": "GET",
                    "resource": "/api/reports",
                    "client_ip": "203.0.113.7",
                    "required_permissions": ["reports:read"],
                }
            ]
        },
    )

    principal: Principal
    resource: str = Field(description="The path; a query is cut off.")
    method: Method
    client_ip: str | None = Field(None, description="Without it: the caller's.")
    user_agent: str | None = Field(None, description="Without it: the caller's.")
    required_permissions: list[str] | None = Field(
        None, description="All must hold; an entry may be an expression."
    )


@endpoint("POST")
def check(request: HttpRequest) -> JsonResponse:
    """Say whether a key may make a request, with a status that clients understand."""
    started = time.perf_counter()
    asker = _asker(request)
    asked = inputs.read(request, CheckRequest)
    verdict = gateway.check(_question(request, asked, asker))
    answer = JsonResponse(
        answers.body_of(verdict, seconds=time.perf_counter() - started),
        status=answers.status_of(verdict.code),
    )
    if answer.status_code == answers.UNAVAILABLE:
        answer.headers["Retry-After"] = str(answers.RETRY_AFTER)
    return answer


def _asker(request: HttpRequest) -> gateway.Asker | None:
    """The gateway key that asks. Raises `Unauthenticated` or `Forbidden`.

    An operator may let anyone ask; a key that is sent must be good even then.
    """
    offered = transports.has_authorization(request)
    if not offered and settings.KEYPLATE_GATEWAY_ANONYMOUS:
        return None
    if not offered:
        raise Unauthenticated(
            "A gateway key is needed: Authorization: Bearer <backend key with the "
            f"scope {Scope.KEYS_VERIFY}>."
        )
    backend_key = guards.known_backend(request, Scope.KEYS_VERIFY, now=timezone.now())
    return gateway.Asker(
        backend_key_id=backend_key.pk, deployment_id=backend_key.deployment_id
    )


def _question(
    request: HttpRequest, asked: CheckRequest, asker: gateway.Asker | None
) -> gateway.Question:
    headers = request.headers
    is_api_key = asked.principal.type == "api_key"
    return gateway.ask(
        # Other kinds of principals are credentials that we cannot have made.
        secret=asked.principal.value if is_api_key else "",
        method=asked.method,
        resource=asked.resource,
        client_ip=(
            asked.client_ip
            or headers.get("X-Original-Client-Ip", "")
            or requests.client_address(request)
        ),
        user_agent=(
            asked.user_agent
            or headers.get("X-Original-User-Agent", "")
            or headers.get("User-Agent", "")
        ),
        required_permissions=asked.required_permissions,
        asker=asker,
    )
