"""The addresses of the API that are plain views, described by hand.

The schemas are those that the views read and answer with; tests hold them to it.
"""

from apiauth.api.document.operations import Body, Operation
from apiauth.api.gateway import check
from apiauth.api.outputs import Error, checks, probes
from apiauth.http import guards
from apiauth.models import Scope

_REFUSED = dict.fromkeys((400, 403, 413, 415), Error)


def operations(*, anybody_may_ask: bool) -> list[Operation]:
    """The check of the gateway, and the probes."""
    return [_check(anybody_may_ask=anybody_may_ask), *_probes()]


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
