"""Checks: looked up, decided, recorded."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apiauth import applications, credentials, gateway, keys, tenants
from apiauth.gateway import Code
from apiauth.models import Decision, Key, KeyUse, RateCount, TenantStatus
from tests import make
from tests.apiauth.gateway import broken


def check(secret, asked_by=None, **settings):
    settings = {"method": "GET", "resource": "/reports", **settings}
    bearer = asked_by and asked_by.secret
    return gateway.check(gateway.ask(secret=secret, bearer=bearer, **settings))


def test_allows_a_live_key_and_says_whose_it_is(acme, ci_key):
    verdict = check(ci_key.secret)

    assert (verdict.allowed, verdict.code) == (True, Code.VALID)
    assert verdict.facts.key.id == str(ci_key.key.id)
    assert verdict.facts.key.organization_id == "acme-ltd"
    assert verdict.facts.permissions == ["reports:read", "reports:write"]


def test_records_the_decision_before_it_is_given(acme, ci_key):
    verdict = check(
        ci_key.secret,
        client_ip="192.0.2.1",
        user_agent="curl",
        required_permissions=["reports:read"],
    )

    row = Decision.objects.get()
    assert row.request_id == verdict.request_id
    assert (row.deployment_id, row.app_id) == (acme.deployment.id, acme.app.id)
    assert str(row.key_id) == verdict.facts.key.id == str(ci_key.key.id)
    assert str(row.secret_id) == verdict.facts.key.secret_id
    assert (row.allowed, row.code, row.fingerprint) == (True, "valid", None)
    assert (row.method, row.path, row.client_ip) == ("GET", "/reports", "192.0.2.1")
    assert (row.user_agent, row.required_permissions) == ("curl", ["reports:read"])
    assert abs(row.decided_at - timezone.now()) < timedelta(minutes=1)


def test_writes_nothing_to_the_keys_own_rows(acme, ci_key):
    before = [*Key.objects.values(), *KeyUse.objects.values()]

    check(ci_key.secret)

    assert [*Key.objects.values(), *KeyUse.objects.values()] == before


def test_records_a_denial(acme, ci_key):
    check(ci_key.secret, required_permissions=["reports:delete"])

    row = Decision.objects.get()
    assert (row.code, row.allowed) == ("permission_denied", False)
    assert (row.key_id, row.required_permissions) == (
        ci_key.key.id,
        ["reports:delete"],
    )


def test_records_how_the_limits_stood(acme, ci_key):
    check(ci_key.secret)

    [limit] = Decision.objects.get().rate_limits
    assert limit == {"rule": "1000/60s", "limit": 1000, "remaining": 999}


def test_records_the_limits_that_a_refusal_was_told(acme, ci_key):
    def question(*required):
        return gateway.ask(
            secret=ci_key.secret,
            method="GET",
            resource="/",
            required_permissions=[*required],
            bearer=acme.minted.secret,
            explain=True,
        )

    outcomes = gateway.check_all([question(), question("orders:erase")])

    told = [[one.remaining for one in outcome.standings] for outcome in outcomes]
    rows = [Decision.objects.get(pk=outcome.question.id) for outcome in outcomes]
    assert told == [[999], [999]]
    assert [[one["remaining"] for one in row.rate_limits] for row in rows] == told


def revoke(acme, key):
    keys.revoke(key=key, reason="leaked", actor=make.OPERATOR, now=timezone.now())


def rotate(acme, key):
    keys.rotate(key=key, actor=make.OPERATOR, now=timezone.now())


def disable(acme, key):
    Key.objects.update(disabled_at=timezone.now())


def expire(acme, key):
    Key.objects.update(
        created_at=timezone.now() - timedelta(days=2),
        expires_at=timezone.now() - timedelta(seconds=1),
    )


def switch_off(acme, key):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())


def delete_app(acme, key):
    applications.delete(app=acme.app, actor=make.OPERATOR, now=timezone.now())


def shut_organization(acme, key, status=TenantStatus.SUSPENDED):
    tenants.set_organization(
        deployment=acme.deployment,
        external_id="acme-ltd",
        status=status,
        actor=make.OPERATOR,
        now=timezone.now(),
    )


def delete_user(acme, key):
    tenants.set_user(
        deployment=acme.deployment,
        external_id="ada",
        status=TenantStatus.DELETED,
        actor=make.OPERATOR,
        now=timezone.now(),
    )


ENDINGS = [
    (revoke, Code.REVOKED),
    (rotate, Code.ROTATED),
    (disable, Code.DISABLED),
    (expire, Code.EXPIRED),
    (switch_off, Code.APP_INACTIVE),
    (delete_app, Code.APP_INACTIVE),
    (shut_organization, Code.SUSPENDED),
    (delete_user, Code.SUSPENDED),
]


@pytest.mark.parametrize(("end", "code"), ENDINGS)
def test_refuses_at_once_what_has_ended(acme, ci_key, end, code):
    assert check(ci_key.secret).allowed

    end(acme, ci_key.key)

    verdict = check(ci_key.secret)
    assert (verdict.allowed, verdict.code) == (False, code)
    assert Decision.objects.order_by("id").last().code == code


def test_takes_both_secrets_during_an_overlap(acme, ci_key):
    rotated = keys.rotate(
        key=ci_key.key, overlap_seconds=60, actor=make.OPERATOR, now=timezone.now()
    )

    assert check(ci_key.secret).allowed
    assert check(rotated.secret).allowed
    assert check(ci_key.secret).facts.key.secret_ends_at == rotated.old_ends_at


def test_finds_keys_that_an_older_pepper_digested(acme, ci_key, settings):
    settings.KEYPLATE_PEPPERS = [*settings.KEYPLATE_PEPPERS, ("p9", "n" * 50)]

    assert check(ci_key.secret).allowed


def test_records_an_unknown_key_by_its_fingerprint_only(acme):
    secret = credentials.make_secret("acme_live")

    assert check(secret, acme.minted).code is Code.UNKNOWN

    row = Decision.objects.get()
    assert bytes(row.fingerprint or b"") == credentials.fingerprint(secret)
    assert (row.deployment_id, row.key_id) == (acme.deployment.id, None)


@pytest.mark.parametrize("secret", ["", "nonsense", "acme_live_" + "0" * 40])
def test_spends_no_query_on_a_malformed_key(secret, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        verdict = check(secret)

    assert verdict.code is Code.MALFORMED


def test_knows_no_key_that_the_asker_cannot_reach(acme, globex, ci_key):
    other = make.app(acme.deployment, "aa_2")
    narrow = make.backend_key(acme.deployment, "keys:verify", apps=[other])
    wide = make.backend_key(acme.deployment, "keys:verify", apps=[other, acme.app])

    assert check(ci_key.secret, globex.minted).code is Code.UNKNOWN
    assert check(ci_key.secret, narrow).code is Code.UNKNOWN
    assert check(ci_key.secret, wide).allowed


def test_tells_no_stranger_that_a_key_was_revoked(acme, globex, ci_key):
    revoke(acme, ci_key.key)

    verdict = check(ci_key.secret, globex.minted)

    assert (verdict.code, verdict.facts) == (Code.UNKNOWN, None)
    assert Decision.objects.get().key_id is None


def test_takes_no_other_kind_of_secret(acme, ada):
    for secret in (acme.minted.secret, ada.token, ada.binder):
        assert check(secret).code is Code.UNKNOWN


@pytest.mark.parametrize("failing", [broken.lookup, broken.log])
def test_says_unavailable_and_never_allowed(acme, ci_key, failing, caplog):
    with failing(), transaction.atomic():
        verdict = check(ci_key.secret)
        transaction.set_rollback(True)

    assert (verdict.allowed, verdict.code) == (False, Code.UNAVAILABLE)
    assert not Decision.objects.exists()
    assert broken.TEXT not in caplog.text


def test_a_question_that_fails_fails_alone(acme, ci_key):
    questions = [
        gateway.ask(secret=ci_key.secret, method="GET", resource=path)
        for path in ("/good", "/bad", "/fine")
    ]

    with broken.log("/bad"):
        codes = [outcome.code for outcome in gateway.check_all(questions)]

    assert codes == ["valid", "unavailable", "valid"]
    assert Decision.objects.count() == 2


def test_costs_few_queries(acme, ci_key, django_assert_num_queries):
    check(ci_key.secret)

    # PostgreSQL: look-up; begin, charge and log, end. SQLite's cost nothing but time:
    # begin, clock, look-up, counters, their change, log, clock, use, end.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 9):
        check(ci_key.secret)


def test_many_at_once_find_a_fresh_limit_as_tight_as_it_is(acme, ci_key):
    hourly = {**make.RULE, "unit": "hour", "max_requests": 2}
    make.scheme(acme.deployment, "limits", rules=[hourly])
    applications.update(
        app=acme.app,
        rate_limit_scheme_slug="limits",
        actor=make.OPERATOR,
        now=timezone.now(),
    )
    question = {"secret": ci_key.secret, "method": "GET", "resource": "/"}

    outcomes = gateway.check_all([gateway.ask(**question) for _ in range(3)])

    codes = ["valid", "valid", "rate_limited"]
    assert [outcome.code for outcome in outcomes] == codes
    rows = Decision.objects.order_by("id")
    assert list(rows.values_list("code", flat=True)) == codes
    assert RateCount.objects.get().used == 2


def test_asks_no_more_for_many_than_for_one(acme, ci_key, django_assert_num_queries):
    question = {"secret": ci_key.secret, "method": "GET", "resource": "/"}
    gateway.check(gateway.ask(**question))

    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 9):
        gateway.check_all([gateway.ask(**question) for _ in range(50)])


def test_stores_no_secret(acme, ci_key):
    check(ci_key.secret, user_agent="curl")
    check(ci_key.secret[:-1])

    rows = [*Decision.objects.values(), *RateCount.objects.values()]
    assert ci_key.secret[12:-8] not in repr(rows)


def test_shortens_what_it_records(acme, ci_key):
    check(ci_key.secret, resource="/" + "x" * 900, user_agent="a\x00b" * 200)

    row = Decision.objects.get()
    assert (len(row.path), len(row.user_agent)) == (500, 200)
