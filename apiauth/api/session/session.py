"""`/api-auth/session`: the session a front end has, and its end."""

from django.http import HttpResponse
from ninja import Router

from apiauth import sessions
from apiauth.api.outputs import Data, Done, Session
from apiauth.api.surface import REFUSALS
from apiauth.http import guards, transports
from apiauth.models import PortalSession

router = Router(auth=guards.SessionAuth())


@router.get("", response={200: Data[Session], **REFUSALS}, summary="Read the session")
def read(request: guards.CustomerRequest) -> Data[Session]:
    """Say which app this session is of, until when, and what it may do."""
    return Data(data=Session.of(request.customer))


@router.delete("", response={200: Data[Done], **REFUSALS}, summary="Sign out")
def end(request: guards.CustomerRequest, response: HttpResponse) -> Data[Done]:
    """End this session at once, wherever it is open."""
    return _end(request, response)


@router.post(
    "/end",
    response={200: Data[Done], **REFUSALS},
    summary="Sign out, where a script may only post",
)
def end_by_post(request: guards.CustomerRequest, response: HttpResponse) -> Data[Done]:
    """End this session at once, wherever it is open."""
    return _end(request, response)


def _end(request: guards.CustomerRequest, response: HttpResponse) -> Data[Done]:
    sessions.end(
        session=request.customer,
        reason=PortalSession.EndReason.SIGNED_OUT,
        actor=request.actor,
        now=request.now,
    )
    if transports.session_cookie(request) is not None:
        transports.drop_session(response)
    return Data(data=Done())
