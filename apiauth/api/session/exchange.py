"""`/session/ticket/exchange`: a ticket becomes a session (wacht-contract section 10)."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import ConfigDict, Field

from apiauth import sessions, tickets
from apiauth.actors import Channel
from apiauth.api import inputs
from apiauth.api.outputs import Data, ExchangedSession
from apiauth.api.surface import REFUSALS
from apiauth.http import guards, origin, requests, transports
from apiauth.sessions import Transport

router = Router(auth=guards.TicketAuth())


class Exchange(inputs.Body):
    """A ticket, and whether the script wants the token of its session."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ticket": "apt.…", "token": True}]}
    )

    ticket: str
    token: bool = Field(
        default=False,
        description="Answer the token, to be sent as X-Portal-Session; else it goes "
        "into a cookie, or in staging into the header x-development-session.",
    )


@router.get(
    "",
    response={200: Data[ExchangedSession], **REFUSALS},
    summary="Exchange a ticket",
)
def exchange(
    request: HttpRequest, ticket: str, response: HttpResponse
) -> Data[ExchangedSession]:
    """Spend a ticket and open a session for this page. A ticket works once.

    Only for scripts: a visit to this address or a prefetch of it spends nothing.
    """
    return _exchange(request, response, ticket)


@router.post(
    "",
    response={200: Data[ExchangedSession], **REFUSALS},
    summary="Exchange a ticket, without writing it into an address",
)
def exchange_by_post(
    request: HttpRequest, body: Exchange, response: HttpResponse
) -> Data[ExchangedSession]:
    """Spend a ticket and open a session for this page. A ticket works once."""
    return _exchange(request, response, body.ticket, wants_token=body.token)


def _exchange(
    request: HttpRequest,
    response: HttpResponse,
    ticket: str,
    *,
    wants_token: bool = False,
) -> Data[ExchangedSession]:
    exchanged = sessions.exchange(
        secret=ticket,
        deployment_id=requests.deployment_id(request),
        origin=origin.foreign(request),
        wants_token=wants_token,
        actor=requests.customer_actor(
            request,
            session=None,
            claims=tickets.inspect(ticket),
            channel=Channel.API,
        ),
        now=timezone.now(),
    )
    # From here on it is known whose pages may read the answer.
    cast("guards.CustomerRequest", request).customer = exchanged.session
    return Data(data=_answer(response, exchanged))


def _answer(response: HttpResponse, exchanged: sessions.Exchanged) -> ExchangedSession:
    """Hand the token over in the way in which it shall come back."""
    session, token = exchanged.session, exchanged.token
    if exchanged.transport is Transport.HEADER:
        return ExchangedSession.opened(session, token)
    if exchanged.transport is Transport.COOKIE:
        life = session.expires_at - session.created_at
        transports.set_session(response, token, seconds=int(life.total_seconds()))
    else:
        transports.hand_over_development(response, token)
    return ExchangedSession.opened(session, None)
