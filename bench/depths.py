"""How long the database takes for what pages ask; run with Keyplate's environment.

    python -m bench.depths APP_ID

The operations run as they are; each statement of theirs is then explained by the
database, planning and execution added up. Prints JSON, milliseconds.
"""

import json
import statistics
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import django
from django.db import connection
from django.utils import timezone

django.setup()

from apiauth import (  # noqa: E402 - needs settings first.
    backend_keys,
    keys,
    sessions,
    tickets,
    usage,
)
from apiauth.actors import SYSTEM  # noqa: E402 - the same.
from apiauth.decisions import Filters as Verdicts  # noqa: E402 - the same.
from apiauth.decisions import Reach  # noqa: E402 - the same.
from apiauth.keys import Position, Search  # noqa: E402 - the same.
from apiauth.models import (  # noqa: E402 - the same.
    ApiAuthApp,
    Decision,
    Key,
    OwnerKind,
    PortalSession,
    Scope,
)
from apiauth.models.keys import KeyQuerySet  # noqa: E402 - the same.
from apiauth.usage import Interval  # noqa: E402 - the same.
from vanity import listing, orders  # noqa: E402 - the same.
from vanity.filters import Filters  # noqa: E402 - the same.

SIZE = 50  # keys on a page
# Of an owner with many keys: the first page, one in the middle, and the last.
DEPTHS = (0.0, 0.5, 1.0)
REPEATS = 7
HEAVIEST = "org_heaviest"

type Statement = tuple[str, Any]  # SQL and its parameters, of any types


def main(app_id: str) -> None:
    """Look at owners' keys at every depth, and at a chart if there is a log."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    app = ApiAuthApp.objects.select_related("deployment", "rate_limit_scheme").get(
        pk=app_id
    )
    newest = Key.objects.of_app(app).newest_first()
    usual = newest.values_list("owner_id", flat=True)[0]
    heavy = Key.objects.of_app(app).owned_by(OwnerKind.ORGANIZATION, HEAVIEST)
    found = {
        "usual_key_page_ms": max(_of_desk(app, usual)),
        "key_page_ms": max(_of_desk(app, HEAVIEST)),
        "api_key_page_ms": max(_of_api(app, heavy.newest_first())),
    }
    if Decision.objects.exists():
        reach = Reach(app=app, owner=(OwnerKind.ORGANIZATION, HEAVIEST))
        found["chart_ms"] = _time(partial(_chart, reach))
    print(json.dumps(found))


def _of_desk(app: ApiAuthApp, owner: str) -> list[float]:
    """Time the desk's list of one owner's keys, forward and back."""
    session, now = _session(app, owner), timezone.now()
    owned = Key.objects.of_app(app).owned_by(OwnerKind.ORGANIZATION, owner)
    asked = [Filters(size=SIZE)]
    for place in _places(owned.newest_first()):
        spelled = str(orders.Place(value=place.created_at, key_id=place.id))
        asked += [
            Filters(size=SIZE, after=spelled),
            Filters(size=SIZE, before=spelled),
        ]
    return [_time(partial(listing.read, session, page, now=now)) for page in asked]


def _places(found: KeyQuerySet) -> list[Position]:
    """Where pages begin in a list at every depth; none where all fits on the first."""
    last = found.count() - SIZE - 1
    if last < 0:
        return []
    keys = [found[int(depth * last)] for depth in DEPTHS]
    return [Position(created_at=key.created_at, id=key.pk) for key in keys]


def _session(app: ApiAuthApp, owner: str) -> PortalSession:
    now = timezone.now()
    minted = backend_keys.mint(
        deployment=app.deployment,
        name="Tickets",
        scopes=[Scope.TICKETS_ISSUE],
        actor=SYSTEM,
        now=now,
    )
    issued = tickets.issue(
        backend_key=minted.backend_key,
        app_slug=app.app_slug,
        claims=tickets.Claims(user_id="usr_bench", organization_id=owner),
        expires_in=tickets.DEFAULT_LIFE,
        actor=SYSTEM,
        now=now,
    )
    return sessions.open_from(
        secret=issued.secret, binder=None, actor=SYSTEM, now=now
    ).session


def _of_api(app: ApiAuthApp, found: KeyQuerySet) -> list[float]:
    """Time the API's list of the same keys, each page behind a key of its own."""
    wanted = (
        Search(status="all", organization_id=HEAVIEST, limit=SIZE, after=place)
        for place in _places(found)
    )
    return [_time(partial(keys.search, app, search)) for search in wanted]


def _chart(reach: Reach) -> None:
    usage.series(
        reach=reach, filters=Verdicts(), interval=Interval.DAY, now=timezone.now()
    )


def _time(operation: Callable[[], object]) -> float:
    """Return the median of what the database says an operation's statements took."""
    statements = _statements(operation)
    return statistics.median(
        sum(_explained(statement) for statement in statements) for _ in range(REPEATS)
    )


def _statements(operation: Callable[[], object]) -> list[Statement]:
    seen: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's own hook
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        operation()
    # A union begins with a bracket.
    return [
        (sql, params) for sql, params in seen if sql.lstrip("(").startswith("SELECT")
    ]


def _explained(statement: Statement) -> float:
    sql, params = statement
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        ((plan,),) = cursor.fetchone()
    return float(plan["Planning Time"] + plan["Execution Time"])


if __name__ == "__main__":
    main(sys.argv[1])
