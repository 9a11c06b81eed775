"""From a request to its answer, around the one step that waits."""

from collections.abc import Sequence

from apiauth.api.gateway import messages
from apiauth.api.gateway.endpoints import Asked, Endpoint
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import ApiAuthError
from apiauth.gateway import Outcome, Verdict
from apiauth.http.requests import TooLarge

_KIB = 1024


def begin(endpoint: Endpoint, request: Request) -> Asked | Response:
    """Read what is asked, or answer at once why that is impossible."""
    if request.method not in endpoint.methods:
        allowed = ", ".join(sorted(endpoint.methods))
        return messages.unrouted(405, {"allow": allowed})
    try:
        return endpoint.ask(request)
    except ApiAuthError as refusal:
        return endpoint.refuse(refusal)


def finish(
    endpoint: Endpoint, asked: Asked, outcomes: Sequence[Outcome], *, seconds: float
) -> Response:
    """Write the answer; an asker who may not ask is told so and nothing else."""
    try:
        verdicts = [_verdict(outcome) for outcome in outcomes]
        return endpoint.answer(asked, verdicts, seconds=seconds)
    except ApiAuthError as refusal:
        return endpoint.refuse(refusal)


def too_large(endpoint: Endpoint) -> Response:
    """Answer a body that is larger than any valid one."""
    most = endpoint.most_bytes // _KIB
    return endpoint.refuse(TooLarge(f"The request is too large: {most} KiB at most."))


def _verdict(outcome: Outcome) -> Verdict:
    if isinstance(outcome, ApiAuthError):
        raise outcome
    return outcome
