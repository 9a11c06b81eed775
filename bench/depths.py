"""How long the database takes for what pages ask; run with Keyplate's environment.

    python -m bench.depths APP_ID

The operations run as they are; each statement of theirs is then explained by the
database, planning and execution added up. Prints JSON, milliseconds.
"""

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

import django
from django.db import connection
from django.utils import timezone

django.setup()

from apiauth import keys, usage  # noqa: E402 - needs settings first.
from apiauth.decisions import Filters, Reach  # noqa: E402
from apiauth.keys import Search  # noqa: E402
from apiauth.models import ApiAuthApp, Decision, Key  # noqa: E402
from apiauth.usage import Interval  # noqa: E402

PAGE = 50
# Pages of the owner with the most keys: the first, some in between, one near the end.
PAGES = (0, 20, 100, 198)
REPEATS = 7
HEAVIEST = "org_heaviest"

type Statement = tuple[str, Any]  # SQL and its parameters, of any types


def main(app_id: str) -> None:
    """Look at one owner's keys at every depth, and at its chart if there is a log."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    app = ApiAuthApp.objects.select_related("rate_limit_scheme").get(pk=app_id)
    found = {f"key_page_{page}_ms": time for page, time in _depths(app).items()}
    found["key_page_ms"] = max(found.values())
    if Decision.objects.exists():
        owned = Key.objects.of_app(app).owned_by("organization", HEAVIEST)
        reach = Reach(app=app, keys=owned)
        found["chart_ms"] = _time(lambda: _chart(reach))
    print(json.dumps(found))


def _depths(app: ApiAuthApp) -> dict[int, float]:
    times, after = {}, None
    for number in range(max(PAGES) + 1):
        wanted = Search(
            status="all", organization_id=HEAVIEST, limit=PAGE, after=after
        )
        if number in PAGES:
            times[number] = _time(lambda asked=wanted: keys.search(app, asked))
        after = keys.search(app, wanted).following
        if after is None:
            break
    return times


def _chart(reach: Reach) -> None:
    usage.series(
        reach=reach, filters=Filters(), interval=Interval.DAY, now=timezone.now()
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
    return [(sql, params) for sql, params in seen if sql.startswith("SELECT")]


def _explained(statement: Statement) -> float:
    sql, params = statement
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        ((plan,),) = cursor.fetchone()
    return float(plan["Planning Time"] + plan["Execution Time"])


if __name__ == "__main__":
    main(sys.argv[1])
