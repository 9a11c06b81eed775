"""What proxies act on, what the API behind them reads, and what clients may know."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from apiauth import ratelimits
from apiauth.api.gateway import failures, messages
from apiauth.api.gateway.dialects import answering
from apiauth.errors import Forbidden, Invalid, Unauthenticated
from apiauth.gateway import Code
from apiauth.models import OwnerKind
from apiauth.ratelimits.counting import Standing
from tests.apiauth.api.gateway import asking
from tests.apiauth.api.gateway.asking import ENVOY, NGINX

STATUSES = {
    Code.VALID: 200,
    Code.MALFORMED: 401,
    Code.UNKNOWN: 401,
    Code.EXPIRED: 401,
    Code.ROTATED: 401,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
}
KNOWN_TO_CLIENTS = {
    "access_denied",
    "insufficient_scope",
    "invalid_token",
    "slow_down",
    "temporarily_unavailable",
}


def bearer(secret):
    return {"authorization": f"Bearer {secret}"}


def changed(passed, **members):
    """The same verdict of a key that differs in these members."""
    facts = replace(passed.facts, key=replace(passed.facts.key, **members))
    return replace(passed, facts=facts)


# -------------------------------------------------------------------------- statuses


def test_lets_a_good_key_pass(kind, good):
    answer = asking.answer(kind, **bearer(good.secret))

    assert (answer.status, answer.code, answer.error) == (200, "valid", "")
    assert answer.body == {"allowed": True}
    assert answer["cache-control"] == "no-store"


@pytest.mark.parametrize("code", list(Code))
def test_says_every_verdict_by_its_status(kind, passed, code):
    answer = asking.judged(kind, replace(passed, code=code))

    status = STATUSES.get(code, 403)
    assert answer.status == (403 if kind is NGINX and status == 429 else status)
    assert answer.code == code
    assert ("www-authenticate" in answer.response.headers) == (answer.status == 401)
    assert ("retry-after" in answer.response.headers) == (status in {429, 503})
    if code is not Code.VALID:
        assert answer.error == answer.body["error"] == answer.body["code"]
        assert answer.error in KNOWN_TO_CLIENTS
        assert answer.body["errors"][0]["message"] == answer.body["message"]


def test_says_when_to_come_back(kind, passed):
    limited = replace(passed, code=Code.RATE_LIMITED, retry_after=17)

    assert asking.judged(kind, limited)["retry-after"] == "17"


def test_tells_who_brings_no_key_of_no_error(kind, db):
    answer = asking.answer(kind)

    assert (answer.status, answer.code) == (401, "missing")
    assert answer["www-authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("secret", ["nonsense", "acme_live_" + "0" * 40, "é", "a,b"])
def test_tells_who_brings_something_else_that_it_is_no_key(kind, secret, db):
    answer = asking.answer(kind, **bearer(secret))

    assert (answer.status, answer.code) == (401, "malformed")
    assert 'error="invalid_token"' in answer["www-authenticate"]
    assert secret not in str(answer.response)


def test_wants_the_permission_that_is_required(kind, good):
    may = {"x_keyplate_require": "reports:read", **bearer(good.secret)}
    may_not = {"x_keyplate_require": "reports:write", **bearer(good.secret)}

    assert asking.answer(kind, **may).status == 200
    answer = asking.answer(kind, **may_not)
    assert (answer.status, answer.code) == (403, "permission_denied")
    assert answer.error == "insufficient_scope"


# -------------------------------------------------------------------------- identity


def test_tells_the_api_whose_key_it_is(kind, good, acme):
    answer = asking.answer(kind, **bearer(good.secret))

    assert {name: answer[f"x-auth-{name}"] for name in ("app", "key-id")} == {
        "app": "aa_1",
        "key-id": str(good.key.id),
    }
    assert answer["x-auth-deployment-id"] == str(acme.deployment.id)
    assert answer["x-auth-owner-kind"] == OwnerKind.ORGANIZATION
    assert answer["x-auth-owner-id"] == answer["x-auth-organization-id"] == "acme-ltd"
    assert answer["x-auth-user-id"] == "ada"
    assert answer["x-auth-permissions"] == "reports:read"
    assert answer["x-auth-request-id"].startswith("req_")


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.VALID])
def test_tells_of_nobody_with_a_refusal_but_overwrites(kind, passed, code):
    answer = asking.judged(kind, replace(passed, code=code))

    told = {name: answer[name] for name in answering.IDENTITY}
    told.pop("x-auth-request-id")
    assert set(told.values()) == {""}


@pytest.mark.parametrize(
    "value",
    ["a,b", "a b", "ü", "a\r\nX-Auth-Key-Id: b", "100%", "a%2Cb", "\x00", "日本"],
)
def test_lets_no_value_be_more_than_one(kind, passed, value):
    answer = asking.judged(kind, changed(passed, owner_id=value, user_id=value))

    header = answer["x-auth-owner-id"]
    assert unquote(header) == value
    assert header.isascii()
    assert header.isprintable()
    assert not set(header) & set(" ,;\"'")


def test_leaves_out_what_no_proxy_has_room_for(kind, passed):
    names = tuple(f"reports:{'x' * 80}{n}" for n in range(100))

    answer = asking.judged(kind, changed(passed, granted=names))

    assert (answer.status, answer["x-auth-permissions"]) == (200, "")


def test_tells_envoy_what_to_remove(passed):
    passed = changed(passed, user_id=None, organization_id=None)

    answer = asking.judged(ENVOY, passed)

    removed = answer["x-envoy-auth-headers-to-remove"].split(",")
    assert set(removed) == {"x-auth-user-id", "x-auth-organization-id"}


def test_tells_the_client_of_the_nearest_limit(kind, passed):
    [rule] = ratelimits.read([{"unit": "minute", "duration": 1, "max_requests": 5}])
    at = passed.facts.at
    near, far = (
        Standing(
            rule=rule,
            limit=limit,
            remaining=limit - 3,
            resets_at=at + timedelta(milliseconds=limit * 1100),
            exceeded=False,
        )
        for limit in (5, 50)
    )

    answer = asking.judged(kind, replace(passed, standings=(far, near)))

    assert answer["x-ratelimit-limit"] == "5"
    assert answer["x-ratelimit-remaining"] == "2"
    assert answer["x-ratelimit-reset"] == "6"


# ------------------------------------------------------------------------- strangers


def test_slows_down_strangers_who_guess(kind, good):
    told = [asking.answer(kind, **bearer("guess")) for _ in range(failures.BURST)]
    refused = asking.answer(kind, **bearer("guess"))

    assert {one.code for one in told} == {"malformed"}
    assert (refused.code, refused.error) == ("too_many_failures", "slow_down")
    assert refused.status == (403 if kind is NGINX else 429)
    assert refused["retry-after"] == "1"
    assert asking.answer(kind, **bearer(good.secret)).status == 200


def test_counts_nobody_as_guessing_who_brings_no_key(kind, db):
    told = [asking.answer(kind) for _ in range(failures.BURST + 1)]

    assert {one.code for one in told} == {"missing"}


# ---------------------------------------------------------------------- no verdicts


def test_says_to_whom_it_does_not_speak(kind):
    answer = asking.answer(kind, peer="203.0.113.99")

    assert (answer.status, answer.code) == (403, "untrusted_proxy")
    assert "KEYPLATE_TRUSTED_PROXIES" in answer.body["message"]


@pytest.mark.parametrize("kind", asking.KINDS[:2], ids=lambda one: one.name)
def test_says_what_was_not_forwarded(kind):
    answer = asking.answer(kind, uri="")

    assert (answer.status, answer.code) == (403, "not_forwarded")


def test_says_what_cannot_be_asked(kind):
    answer = asking.answer(kind, uri="/a/../b")

    assert answer.status == (403 if kind is NGINX else 400)
    assert (answer.code, answer.body["code"]) == ("invalid", "invalid")
    assert answer.body["errors"][0]["field"] == "resource"


@pytest.mark.parametrize("refusal", [Unauthenticated(), Forbidden("No scope.")])
def test_blames_no_client_for_the_proxys_own_key(kind, refusal):
    answer = asking.read(kind.dialect.refuse(refusal))

    assert (answer.status, answer.code) == (503, "gateway_key")
    assert answer.error == "temporarily_unavailable"
    assert "retry-after" in answer.response.headers
    assert refusal.message not in str(answer.body)


@pytest.mark.parametrize(
    "refusal", [Unauthenticated(), Forbidden(), Invalid("No."), None]
)
def test_never_leaves_an_identity_header_to_the_client(kind, refusal, db):
    response = kind.dialect.refuse(refusal) if refusal else None
    answer = asking.read(response) if response else asking.answer(kind)

    assert set(answering.IDENTITY) <= set(answer.response.headers)


def test_reads_no_body(kind, good):
    request = kind.request(**bearer(good.secret))

    asked = kind.dialect.ask(replace(request, body=b"\xff{"))

    assert len(asked.questions) == 1
    assert isinstance(asked.request, messages.Request)
