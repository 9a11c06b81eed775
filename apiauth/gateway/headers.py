"""Headers that hosts copy onto their own answers (wacht-contract section 11).

Names are in lower case; values are printable ASCII, what else there is in them is
percent-encoded. A value that no server would take is left out.
"""

import math
from datetime import datetime
from urllib.parse import quote

from apiauth import ratelimits
from apiauth.gateway.codes import Code
from apiauth.gateway.facts import Facts, KeyFacts
from apiauth.gateway.verdict import Verdict
from apiauth.ratelimits import Standing

_MAX_VALUE = 4000
# Printable ASCII but the percent sign, so that every value can be decoded again.
_PLAIN = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) != "%")
_PLAIN_IN_LISTS = "".join(c for c in _PLAIN if c not in ",=")


def of(verdict: Verdict) -> dict[str, str]:
    """What a host may tell its customer; nothing where no key is known."""
    facts = verdict.facts
    if facts is None:
        return {}
    headers = _of_key(facts)
    if verdict.standings:
        headers |= _limits(verdict, facts.at)
    if verdict.code is Code.PERMISSION_DENIED:
        headers["x-wacht-permission-denied"] = "true"
    return headers


def _of_key(facts: Facts) -> dict[str, str]:
    key, app = facts.key, facts.app
    values = (
        ("x-wacht-key-id", key.id),
        ("x-wacht-deployment-id", app.deployment_id),
        ("x-wacht-app-slug", app.slug),
        ("x-wacht-key-name", key.name),
        ("x-wacht-organization-id", key.organization_id),
        ("x-wacht-workspace-id", key.workspace_id),
        ("x-wacht-organization-membership-id", key.org_membership_id),
        ("x-wacht-workspace-membership-id", key.workspace_membership_id),
        ("x-wacht-permissions", ",".join(facts.permissions)),
    )
    told = {name: _encoded(value) for name, value in values if value}
    if key.metadata and (metadata := _metadata(key)):
        told["x-wacht-metadata"] = metadata
    return {name: value for name, value in told.items() if len(value) <= _MAX_VALUE}


def _encoded(value: str) -> str:
    # Most values are plain, and to see that is faster than to quote them.
    if value.isascii() and value.isprintable() and "%" not in value:
        return value
    return quote(value, safe=_PLAIN)


def _metadata(key: KeyFacts) -> str:
    return ",".join(
        f"{quote(name, safe=_PLAIN_IN_LISTS)}={quote(value, safe=_PLAIN_IN_LISTS)}"
        for name, value in key.shown_metadata.items()
        if isinstance(value, str)
    )


def _limits(verdict: Verdict, at: datetime) -> dict[str, str]:
    """How far each window is; of rules with the same window the tightest speaks."""
    tightest: dict[str, Standing] = {}
    for one in verdict.standings:
        span = ratelimits.span(one.rule)
        known = tightest.get(span)
        if known is None or _slack(one) < _slack(known):
            tightest[span] = one
    headers = {}
    for span, one in tightest.items():
        name = f"x-ratelimit-{span}"
        headers[f"{name}-limit"] = str(one.limit)
        headers[f"{name}-remaining"] = str(one.remaining)
        if verdict.code is Code.RATE_LIMITED:
            # Seconds, as in Retry-After.
            left = math.ceil((one.resets_at - at).total_seconds())
            headers[f"{name}-reset"] = str(left)
    return headers


def _slack(standing: Standing) -> tuple[bool, int, int]:
    return (not standing.exceeded, standing.remaining, standing.limit)
