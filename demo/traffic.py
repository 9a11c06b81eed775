"""What a key was asked for lately: rows of the log as the gateway would have left them.

The gateway only tells of now; there is no verb for the past.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from apiauth.models import Decision, Key, KeyUse
from demo import cast

SPAN = 30 * cast.DAY
MOST = 200  # rows a key; a picture needs no more
ADDRESS = "203.0.113.24"
AGENT = "python-httpx/0.28"
RULE = "100/60s"
_PATHS = ("/api/reports", "/api/reports", "/api/reports/weekly", "/api/orders")
# Out of a hundred; the rest passed.
_REFUSED = {"permission_denied": 5, "rate_limited": 3}


def leave(key: Key, plan: cast.Key, *, last_at: datetime) -> None:
    """Leave the key's last month of calls in the log, up to the last accepted one.

    The calls from before are only counted.
    """
    rows = list(_rows(key, plan, last_at))
    Decision.objects.bulk_create(rows)
    KeyUse.objects.create(
        key=key,
        deployment_id=key.deployment_id,
        last_used_at=last_at,
        last_address=ADDRESS,
        last_agent=AGENT,
        total=max(0, plan.calls - sum(row.allowed for row in rows)),
    )


def _rows(key: Key, plan: cast.Key, last_at: datetime) -> Iterator[Decision]:
    # The same picture each time.
    chance = random.Random(plan.name)
    span = min(SPAN, last_at - key.created_at)
    moments = [last_at - chance.random() * span for _ in range(_many(plan) - 1)]
    for at in moments:
        # Fewer at night and on weekends.
        is_quiet = at.hour < 6 or at.isoweekday() > 5  # noqa: PLR2004 - the clock's
        if not is_quiet or chance.random() < 1 / 3:
            yield _row(key, at, _code(chance), chance.choice(_PATHS))
    yield _row(key, last_at, "valid", _PATHS[0])


def _many(plan: cast.Key) -> int:
    return max(1, min(plan.calls, MOST))


def _code(chance: random.Random) -> str:
    drawn = chance.randrange(100)
    for code, share in _REFUSED.items():
        if drawn < share:
            return code
        drawn -= share
    return "valid"


def _row(key: Key, at: datetime, code: str, path: str) -> Decision:
    return Decision(
        deployment_id=key.deployment_id,
        app_id=key.app_id,
        key_id=key.pk,
        allowed=code == "valid",
        code=code,
        blocked_rule=RULE if code == "rate_limited" else "",
        method="GET",
        path=path,
        client_ip=ADDRESS,
        user_agent=AGENT,
        decided_at=at - timedelta(microseconds=at.microsecond),
    )
