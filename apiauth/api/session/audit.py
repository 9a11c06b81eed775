"""`/api-auth/audit`: the log of a customer's own keys (wacht-contract section 10)."""

from ninja import Query, Router

from apiauth import decisions, usage
from apiauth.api import queries
from apiauth.api.outputs import Analytics, Data, SessionLog, Timeseries
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import Capability

router = Router()


@router.get(
    "/logs",
    auth=guards.SessionAuth(Capability.LOGS_READ),
    response={200: Data[SessionLog], **REFUSALS},
    summary="Read the log of one's own keys",
)
def logs(
    request: guards.CustomerRequest, query: Query[queries.Log]
) -> Data[SessionLog]:
    """Every verdict on a key that this session may see, newest first.

    Follow `next_cursor` while `has_more`.
    """
    page = decisions.page(
        reach=decisions.Reach.of_session(request.customer),
        filters=query.filters(),
        place=query.place(),
        limit=query.limit,
        now=request.now,
    )
    return Data(data=SessionLog.of(page, request.customer.app))


@router.get(
    "/analytics",
    auth=guards.SessionAuth(Capability.USAGE_READ),
    response={200: Data[Analytics], **REFUSALS},
    summary="Sum up the log of one's own keys",
)
def analytics(
    request: guards.CustomerRequest, query: Query[queries.Analytics]
) -> Data[Analytics]:
    """How many requests were allowed and blocked; more where it is asked for."""
    sums = usage.analytics(
        reach=decisions.Reach.of_session(request.customer),
        filters=query.filters(),
        sections=query.sections(),
        top=query.top_limit,
        now=request.now,
    )
    return Data(data=Analytics.of(sums))


@router.get(
    "/timeseries",
    auth=guards.SessionAuth(Capability.USAGE_READ),
    response={200: Data[Timeseries], **REFUSALS},
    summary="Sum up the log of one's own keys by intervals",
)
def timeseries(
    request: guards.CustomerRequest, query: Query[queries.Timeseries]
) -> Data[Timeseries]:
    """The same sums over time in UTC, oldest first, empty intervals included."""
    buckets = usage.series(
        reach=decisions.Reach.of_session(request.customer),
        filters=query.filters(),
        interval=query.of_time(),
        now=request.now,
    )
    return Data(data=Timeseries.of(buckets, query.of_time()))
