"""The wire form of verdicts: limits, places, policies, explanations."""

import json
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from apiauth.api.outputs.checks import Denied, Passed
from apiauth.gateway import answers, verdict
from apiauth.ratelimits import Mode, Outcome, Standing, Unit
from tests.apiauth.gateway.cases import BEARER, FAULTS, NOW, SECRET, decide
from tests.apiauth.ratelimits.moments import rule

MINUTELY = rule(most=100)
PLACES = {
    "org_membership_id": str(UUID(int=20)),
    "org_role_permissions": ("orders:read",),
    "workspace_membership_id": str(UUID(int=21)),
    "workspace_role_permissions": (),
}


def standing(of=MINUTELY, remaining=41, seconds=5.2, **settings):
    return Standing(
        rule=of,
        limit=of.max_requests,
        remaining=remaining,
        resets_at=NOW + timedelta(seconds=seconds),
        exceeded=settings.get("exceeded", False),
    )


def answer(*changes, standings=(), refused_by=None, retry_after=None, **settings):
    outcome = Outcome(
        standings=tuple(standings), refused_by=refused_by, retry_after=retry_after
    )
    decided = verdict.limited(decide(*changes, **settings), outcome)
    body = json.loads(msgspec.json.encode(answers.body_of(decided, seconds=0.0019)))
    described = Passed if decided.allowed else Denied
    described.model_validate(body)
    return body


def test_says_how_every_limit_stands():
    body = answer(standings=[standing()])

    assert body["rate_limits"] == [{"rule": "100/60s", "remaining": 41, "limit": 100}]
    assert body["limits"] == [
        {
            "rule": "100/60s",
            "mode": "per_key",
            "limit": 100,
            "remaining": 41,
            "resets_at": "2026-11-22T12:00:05.200000Z",
            "exceeded": False,
        }
    ]
    assert (body["blocked_rule"], body["retry_after"]) == (None, None)
    assert (body["code"], body["decided_in"]) == ("valid", 1.9)


def test_names_the_limit_that_refused():
    exceeded = standing(rule(Unit.HOUR, most=3), 0, 1800, exceeded=True)

    body = answer(standings=[standing(), exceeded], refused_by=1, retry_after=1800)

    assert answers.status_of(body["code"]) == 200
    assert (body["allowed"], body["reason"]) == (False, "rate_limited")
    assert (body["blocked_rule"], body["retry_after"]) == ("3/3600s", 1800)
    assert [one["exceeded"] for one in body["limits"]] == [False, True]
    assert body["message"].endswith(".")


def limits_of(body):
    names = body["headers"].items()
    return {name: value for name, value in names if "ratelimit" in name}


def test_gives_headers_of_every_window():
    short = standing(rule(Unit.MILLISECOND, 500, 5), 4)

    assert limits_of(answer(standings=[standing(), short])) == {
        "x-ratelimit-60s-limit": "100",
        "x-ratelimit-60s-remaining": "41",
        "x-ratelimit-500ms-limit": "5",
        "x-ratelimit-500ms-remaining": "4",
    }


def test_says_when_windows_reset_on_a_denial():
    exceeded = standing(remaining=0, exceeded=True)
    hourly = standing(rule(Unit.HOUR, most=9), 8, 0)

    body = answer(standings=[exceeded, hourly], refused_by=0, retry_after=6)

    assert limits_of(body) == {
        "x-ratelimit-60s-limit": "100",
        "x-ratelimit-60s-remaining": "0",
        "x-ratelimit-60s-reset": "6",
        "x-ratelimit-3600s-limit": "9",
        "x-ratelimit-3600s-remaining": "8",
        "x-ratelimit-3600s-reset": "0",
    }


@pytest.mark.parametrize("turn", [1, -1])
def test_lets_the_tightest_rule_speak_for_a_window(turn):
    wide = standing(rule(most=1000, mode=Mode.PER_APP), 40)
    same = standing(rule(Unit.SECOND, 60, 500), 40)

    body = answer(standings=[standing(), wide, same][::turn])

    assert limits_of(body)["x-ratelimit-60s-limit"] == "500"
    assert limits_of(body)["x-ratelimit-60s-remaining"] == "40"


@pytest.mark.parametrize("turn", [1, -1])
def test_a_rule_that_refused_speaks_before_one_that_is_spent(turn):
    spent = standing(rule(most=5, mode=Mode.PER_APP), 0)
    exceeded = standing(remaining=0, exceeded=True)
    standings = [spent, exceeded][::turn]

    body = answer(
        standings=standings, refused_by=standings.index(exceeded), retry_after=6
    )

    assert limits_of(body)["x-ratelimit-60s-limit"] == "100"


def test_says_which_places_gave_permissions():
    body = answer(PLACES, {"organization_id": "acme-ltd", "workspace_id": "eu"})

    of_org, of_workspace = str(UUID(int=20)), str(UUID(int=21))
    assert body["identity"]["organization_membership_id"] == of_org
    assert body["identity"]["workspace_membership_id"] == of_workspace
    headers = body["headers"]
    assert headers["x-wacht-organization-membership-id"] == of_org
    assert headers["x-wacht-workspace-membership-id"] == of_workspace
    assert headers["x-wacht-workspace-id"] == "eu"
    assert body["permissions"] == ["orders:read", "reports:read"]
    assert headers["x-wacht-permissions"] == "orders:read,reports:read"


def test_says_of_which_environment_a_key_is():
    assert answer({"environment": "staging"})["key"]["environment"] == "staging"


@pytest.mark.parametrize(("code", "change"), FAULTS)
def test_gives_no_headers_of_a_key_that_is_refused(code, change):
    body = answer(change)

    assert bool(body["headers"]) == (code == "permission_denied")
    assert body["errors"] == [{"message": body["message"], "code": code}]
    rules = {"policy_violation": "expiry_required", "permission_denied": code.value}
    assert body["blocked_rule"] == rules.get(code)


def test_mentions_a_violation_only_where_it_is_reported():
    held = {"expiry_required": True}

    assert "violation" not in answer({"policy": {**held, "at_check": "off"}})
    assert "violation" not in answer({"policy": {**held, "at_check": "enforce"}})
    reported = answer({"policy": {**held, "at_check": "report"}})
    assert (reported["allowed"], reported["violation"]) == (True, "expiry_required")


def test_explains_only_when_asked():
    assert "explanation" not in answer({"granted": []})
    assert answer(bearer=BEARER, explain=True)["explanation"] == []


def test_explains_everything_that_is_wrong():
    fault = {"policy": {"at_check": "enforce", "expiry_required": True}, "granted": []}

    body = answer(
        fault,
        standings=[standing(remaining=0, exceeded=True)],
        refused_by=0,
        bearer=BEARER,
        explain=True,
    )

    told = [(one["code"], one["rule"], one["missing"]) for one in body["explanation"]]
    assert told == [
        ("policy_violation", "expiry_required", []),
        ("permission_denied", None, ["reports:read"]),
        ("rate_limited", "100/60s", []),
    ]
    assert (body["code"], body["retry_after"]) == ("policy_violation", None)


def test_tells_nothing_where_nothing_is_known():
    body = answer(secret=SECRET[:-1], bearer=BEARER, explain=True)

    assert (body["identity"], body["key"], body["headers"]) == (None, None, {})
    assert (body["limits"], body["rate_limits"]) == ([], [])
    assert [one["code"] for one in body["explanation"]] == ["malformed"]
