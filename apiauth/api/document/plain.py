"""The addresses of the API that are plain views, described by hand.

The schemas are those that the views read and answer with; tests hold them to it.
"""

from typing import ClassVar

from apiauth.api.document.operations import Body, Operation
from apiauth.api.gateway import batch, check
from apiauth.api.outputs import Error, checks, probes, proxies
from apiauth.http import guards
from apiauth.models import Scope

_REFUSED = dict.fromkeys((400, 403, 413, 415), Error)

# A refusal that a client may see, or what has to be mended first.
_OF_PROXIES = {
    200: proxies.Admitted,
    400: Error,
    401: proxies.TurnedAway,
    403: proxies.TurnedAway | Error,
    413: Error,
    429: proxies.TurnedAway,
    503: proxies.TurnedAway | Error,
}
_SAMPLES_OF_PROXIES = {
    status: {"refused": proxies.SAMPLE} for status in (401, 403, 429, 503)
}
_PROXIES = {
    "/gateway/nginx": "nginx's auth_request",
    "/gateway/forward-auth": "Traefik's or Caddy's forward auth",
    "/gateway/envoy/{rest}": "Envoy's ext_authz",
}
_REST = [{"in": "path", "name": "rest", "required": True, "schema": {"type": "string"}}]


class GatewayKeyAuth:
    """A backend key where `Authorization` is somebody else's."""

    scope = Scope.KEYS_VERIFY
    openapi_security_schema: ClassVar = {
        "type": "apiKey",
        "in": "header",
        "name": "X-Keyplate-Gateway-Key",
        "description": "A backend key with the scope that is named, sent by a proxy.",
    }


def operations(*, anybody_may_ask: bool) -> list[Operation]:
    """The checks of the gateway, what proxies ask, and the probes."""
    return [
        _check(anybody_may_ask=anybody_may_ask),
        _batch(anybody_may_ask=anybody_may_ask),
        *_for_proxies(anybody_may_ask=anybody_may_ask),
        *_probes(),
    ]


def _check(*, anybody_may_ask: bool) -> Operation:
    return Operation(
        method="post",
        path="/v1/authz/check",
        tag="Gateway",
        summary="Check a key",
        description=(
            "May this key make this request? A denied permission and a reached limit "
            "are answers (200); a key that is no good is 401. Unknown members are "
            "refused. Anything but `allowed: true` is a no, whatever the status."
        ),
        answers={
            200: checks.Passed | checks.Denied,
            401: checks.Denied | Error,
            429: Error,
            503: checks.Denied | Error,
            **_REFUSED,
        },
        samples=checks.SAMPLES,
        guards=[guards.BackendKeyAuth(Scope.KEYS_VERIFY)],
        body=Body(
            media_type="application/json", type=check.CheckRequest, is_required=True
        ),
        is_optional=anybody_may_ask,
    )


def _batch(*, anybody_may_ask: bool) -> Operation:
    return Operation(
        method="post",
        path="/v1/authz/check-batch",
        tag="Gateway",
        summary="Check many keys",
        description=(
            "The same as many checks, each with its own verdict, in their order. They "
            "are asked at once: a limit counts them one after the other. The status "
            "tells of the request as a whole; each verdict has its `code`."
        ),
        answers={
            200: checks.Checked,
            401: Error,
            503: checks.Checked | Error,
            **_REFUSED,
        },
        samples=checks.BATCH_SAMPLES,
        guards=[guards.BackendKeyAuth(Scope.KEYS_VERIFY)],
        body=Body(
            media_type="application/json", type=batch.BatchRequest, is_required=True
        ),
        is_optional=anybody_may_ask,
    )


def _for_proxies(*, anybody_may_ask: bool) -> list[Operation]:
    return [
        Operation(
            method="get",
            path=path,
            tag="Gateway",
            summary=f"Ask as {proxy}",
            description=(
                f"The authorization request of {proxy}, by any method and from a "
                "trusted proxy alone."
            ),
            answers=_OF_PROXIES,
            samples=_SAMPLES_OF_PROXIES,
            guards=[GatewayKeyAuth()],
            is_optional=anybody_may_ask,
            extra={"parameters": _REST} if "{rest}" in path else {},
        )
        for path, proxy in _PROXIES.items()
    ]


def _probes() -> list[Operation]:
    return [
        Operation(
            method="get",
            path="/health",
            tag="Probes",
            summary="Ask for health",
            description="Whether the process reaches its database, and its clock.",
            answers={200: probes.Healthy, 503: probes.Unhealthy},
        ),
        Operation(
            method="get",
            path="/livez",
            tag="Probes",
            summary="Ask for life",
            description="Whether the process answers; it asks nothing else.",
            answers={200: probes.Alive},
        ),
        Operation(
            method="get",
            path="/readyz",
            tag="Probes",
            summary="Ask for readiness",
            description="Whether the process answers and reaches its database.",
            answers={200: probes.Ready, 503: probes.NotReady},
        ),
    ]
