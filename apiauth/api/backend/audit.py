"""The log, its sums and the history for hosts (wacht-contract section 7)."""

from ninja import Query, Router

from apiauth import applications, decisions, history, usage
from apiauth.api import outputs, queries
from apiauth.api.surface import REFUSALS
from apiauth.http import guards
from apiauth.models import Scope

router = Router(tags=["Audit"], auth=guards.BackendKeyAuth(Scope.AUDIT_READ))


@router.get(
    "/apps/{app_slug}/audit/logs",
    response={200: outputs.Log, **REFUSALS},
    summary="Read the log of decisions",
)
def logs(
    request: guards.HostRequest, app_slug: str, query: Query[queries.Log]
) -> outputs.Log:
    """Every verdict of the gateway on a key of the app, newest first.

    A key that was revoked, expired or paused is refused and has a row as well; a
    secret that nobody issued has none. Follow `next_cursor` while `has_more`.
    """
    app = applications.find(request.backend_key, app_slug)
    page = decisions.page(
        reach=decisions.Reach(app=app),
        filters=query.filters(),
        place=query.place(),
        limit=query.limit,
        now=request.now,
    )
    return outputs.Log.of(page, app)


@router.get(
    "/apps/{app_slug}/audit/analytics",
    response={200: outputs.Analytics, **REFUSALS},
    summary="Sum up the log",
)
def analytics(
    request: guards.HostRequest, app_slug: str, query: Query[queries.Analytics]
) -> outputs.Analytics:
    """How many requests were allowed and blocked; more where it is asked for."""
    app = applications.find(request.backend_key, app_slug)
    sums = usage.analytics(
        reach=decisions.Reach(app=app),
        filters=query.filters(),
        sections=query.sections(),
        top=query.top_limit,
        now=request.now,
    )
    return outputs.Analytics.of(sums)


@router.get(
    "/apps/{app_slug}/audit/timeseries",
    response={200: outputs.Timeseries, **REFUSALS},
    summary="Sum up the log by intervals",
)
def timeseries(
    request: guards.HostRequest, app_slug: str, query: Query[queries.Timeseries]
) -> outputs.Timeseries:
    """The same sums over time in UTC, oldest first, empty intervals included."""
    app = applications.find(request.backend_key, app_slug)
    buckets = usage.series(
        reach=decisions.Reach(app=app),
        filters=query.filters(),
        interval=query.of_time(),
        now=request.now,
    )
    return outputs.Timeseries.of(buckets, query.of_time())


@router.get(
    "/apps/{app_slug}/audit/events",
    response={200: outputs.Events, **REFUSALS},
    summary="Read an app's history",
)
def app_events(
    request: guards.HostRequest, app_slug: str, query: Query[queries.Events]
) -> outputs.Events:
    """What happened to the app, its keys, tickets and sessions, newest first."""
    page = history.of_app(
        applications.find(request.backend_key, app_slug),
        filters=query.filters(),
        cursor=query.cursor,
        limit=query.limit,
        now=request.now,
    )
    return outputs.Events.of(page)


@router.get(
    "/audit/events",
    response={200: outputs.Events, **REFUSALS},
    summary="Read the deployment's history",
)
def events(request: guards.HostRequest, query: Query[queries.Events]) -> outputs.Events:
    """What happened in the whole deployment, newest first.

    Refused tickets, backend keys, organizations and people are only in here. Not for
    backend keys that are bound to some apps.
    """
    page = history.of_deployment(
        request.backend_key,
        filters=query.filters(),
        cursor=query.cursor,
        limit=query.limit,
        now=request.now,
    )
    return outputs.Events.of(page)
