"""What two processes do at the same instant, on real engines.

PostgreSQL gets the full number of rounds; SQLite, which lets one writer in at a
time, fewer. The figures are kept in var/test-results/races-*.json.
"""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apiauth import applications, audit, gateway, tenants
from apiauth.models import (
    ApiAuthApp,
    AuditEvent,
    Key,
    KeySecret,
    Membership,
    PortalSession,
    RateLimitScheme,
    TenantStatus,
    Ticket,
)
from tests import make
from tests.races import crew

pytestmark = pytest.mark.django_db(transaction=True)
IS_FULL = connection.vendor == "postgresql"
THREADS = 100 if IS_FULL else 8
REDEMPTIONS = 50 if IS_FULL else 3
CREATIONS = 20 if IS_FULL else 2
SCHEMES = 250 if IS_FULL else 10
REPEATS = 10 if IS_FULL else 2
SUSPENSIONS = 200 if IS_FULL else 4
TICKET_LIFE = 600


@pytest.fixture(scope="module")
def racers(django_db_setup):
    with crew.hired(threads=THREADS) as hired:
        yield hired


def tally(outcomes):
    return Counter("done" if "done" in o else o["refused"] for o in outcomes)


def done(outcomes):
    return [o["done"] for o in outcomes if "done" in o]


def check(secret):
    question = gateway.ask(secret=secret, method="GET", resource="/reports")
    return gateway.check(question).code


# ------------------------------------------------------------------------- tickets


def test_one_of_all_redemptions_of_a_ticket_wins(acme, racers):
    total: Counter[str] = Counter()
    winners = []

    for _ in range(REDEMPTIONS):
        issued = make.ticket(acme.backend_key, expires_in=TICKET_LIFE)
        order = {"verb": "redeem", "secret": issued.secret}
        outcomes = racers.all_race(order, threads=THREADS)
        winners.append(len(done(outcomes)))
        total += tally(outcomes)

    figures = crew.note("redemption", repeats=REDEMPTIONS, **total)
    assert winners == [1] * REDEMPTIONS, figures
    assert total["ticket_invalid"] == REDEMPTIONS * (2 * THREADS - 1), figures
    assert PortalSession.objects.count() == REDEMPTIONS
    assert audit.verify_chain(acme.deployment.pk) is None


# ------------------------------------------------------------- suspension, redemption


@pytest.mark.parametrize(
    ("setter", "external_id"), [("set_organization", "acme-ltd"), ("set_user", "ada")]
)
def test_no_session_outlives_a_suspension(acme, racers, setter, external_id):
    chance = random.Random(setter)  # noqa: S311 - repeatable
    claims = {"organization_id": "acme-ltd", "user_id": "ada"}
    stop = {"verb": "stop_tenant", "deployment_id": str(acme.deployment.pk)}
    stop |= {"setter": setter, "external_id": external_id}
    total: Counter[str] = Counter()

    for _ in range(SUSPENSIONS):
        secret = make.ticket(acme.backend_key, **claims).secret
        pauses = [chance.uniform(0, 0.008) for _ in range(2)]
        [[stopped], [redeemed]] = racers.race(
            {**stop, "pause": pauses[0]},
            {"verb": "redeem", "secret": secret, "pause": pauses[1]},
        )
        total += tally([stopped]) + tally([redeemed])
        total["left open"] += PortalSession.objects.filter(ended_at=None).count()
        resume(setter, external_id, acme)

    figures = crew.note(f"{setter} against redemption", rounds=SUSPENSIONS, **total)
    assert total["left open"] == 0, figures
    assert total["done"] + total["tenant_suspended"] == 2 * SUSPENSIONS, figures


def test_crossing_ends_meet_no_deadlock(acme, racers):
    total: Counter[str] = Counter()
    end = {"verb": "end_sessions", "app_id": str(acme.app.pk), "pause": 0}
    stop = {"verb": "stop_tenant", "deployment_id": str(acme.deployment.pk), "pause": 0}
    stop |= {"setter": "set_user", "external_id": "ada"}

    for _ in range(CREATIONS):
        for _ in range(5):
            make.session(acme.backend_key)
        [[ended], [stopped]] = racers.race(end, stop)
        total += tally([ended, stopped])
        total["left open"] += PortalSession.objects.filter(ended_at=None).count()
        resume("set_user", "ada", acme)

    figures = crew.note("ends against a suspension", rounds=CREATIONS, **total)
    assert total == Counter({"done": 2 * CREATIONS}), figures
    told = AuditEvent.objects.filter(action="session.ended")
    assert sum(event.after["count"] for event in told) == 5 * CREATIONS, figures


def resume(setter, external_id, tenant):
    getattr(tenants, setter)(
        deployment=tenant.deployment,
        external_id=external_id,
        status=TenantStatus.ACTIVE,
        actor=make.HOST,
        now=timezone.now(),
    )


def test_one_of_all_exchanges_of_a_ticket_wins(acme, racers):
    rounds = REDEMPTIONS // 3
    winners = []

    for _ in range(rounds):
        issued = make.ticket(acme.backend_key, expires_in=TICKET_LIFE)
        order = {"verb": "exchange", "secret": issued.secret}
        outcomes = racers.all_race(order, threads=THREADS)
        winners.append(len(done(outcomes)))

    figures = crew.note("exchange", repeats=rounds, winners=sum(winners))
    assert winners == [1] * rounds, figures
    assert PortalSession.objects.count() == rounds


# ---------------------------------------------------------------- rotate, rotate


@pytest.mark.parametrize(("knows_version", "rounds"), [(False, 1000), (True, 250)])
def test_rotations_leave_one_current_secret(acme, racers, knows_version, rounds):
    rounds = rounds if IS_FULL else 10
    acme.app.policy = {"keys_per_owner": rounds}
    acme.app.save(update_fields=["policy"])
    total: Counter[str] = Counter()
    accepted: Counter[int] = Counter()

    for number in range(rounds):
        if number % 50 == 0:
            key, version = make.key(acme.app, f"Key {number}").key, 1
        seen = version if knows_version else None
        order = {"verb": "rotate", "key_id": str(key.pk), "version": seen}
        outcomes = racers.all_race(order, threads=1)
        secrets = done(outcomes)
        version += len(secrets)
        total += tally(outcomes)
        total["current"] += KeySecret.objects.filter(key=key, ends_at=None).count()
        accepted[sum(check(s) == "valid" for s in secrets)] += 1

    name = "rotation of one version" if knows_version else "rotation"
    figures = crew.note(name, rounds=rounds, accepted=dict(accepted), **total)
    assert total["done"] == rounds * (1 if knows_version else 2), figures
    assert total["current"] == rounds, figures
    assert accepted == {1: rounds}, figures


def test_no_confirmation_is_of_a_secret_that_nobody_saw(acme, racers):
    chance = random.Random("acknowledge")  # noqa: S311 - repeatable
    key = make.key(acme.app).key
    total: Counter[str] = Counter()

    for version in range(1, SCHEMES + 1):
        [said, done] = racers.race(
            {"verb": "acknowledge", "key_id": str(key.pk), "version": version}
            | {"pause": chance.uniform(0, 0.008)},
            {"verb": "rotate", "key_id": str(key.pk)}
            | {"pause": chance.uniform(0, 0.008)},
        )
        total += tally(said)
        total["rotated"] += len(done)
        total["unseen"] += Key.objects.filter(acknowledged_at__isnull=False).count()

    figures = crew.note("confirmation against rotation", rounds=SCHEMES, **total)
    assert total["rotated"] == total["done"] + total["conflict"] == SCHEMES, figures
    assert total["unseen"] == 0, figures


# ----------------------------------------------------------- change against check


@pytest.mark.parametrize(
    ("change", "code", "rounds"),
    [
        ("revoke", "revoked", 1000),
        ("rotate", "rotated", 250),
        ("switch_off", "app_inactive", 50),
        ("suspend", "suspended", 50),
    ],
)
def test_no_check_that_starts_after_the_commit_passes(
    acme, racers, change, code, rounds
):
    acme.app.policy = {"keys_per_owner": rounds}
    acme.app.save(update_fields=["policy"])
    chance = random.Random(change)  # noqa: S311 - repeatable
    total: Counter[str] = Counter()

    for number in range(rounds if IS_FULL else 4):
        issued = make.key(acme.app, f"Key {number}")
        order = {"verb": change, "key_id": str(issued.key.pk)}
        order["pause"] = chance.uniform(0.001, 0.008)
        [[changed], [checked]] = racers.race(
            order, {"verb": "check", "secret": issued.secret}
        )
        total += sorted_by_start(changed["done"], checked["done"])
        total["rounds"] += 1
        undo(change, acme)

    figures = crew.note(f"{change} against check", **total)
    assert total["accepted after"] == 0, figures
    assert total[f"{code} after"] >= total["rounds"], figures
    assert total["unavailable before"] + total["unavailable after"] == 0, figures


def sorted_by_start(committed, checks):
    counted: Counter[str] = Counter()
    for began, said in checks:
        when = "after" if began > committed else "before"
        counted[f"{'accepted' if said == 'valid' else said} {when}"] += 1
    return counted


def undo(change, tenant):
    """Let the next round begin as this one did."""
    said: dict[str, Any] = {"actor": make.OPERATOR, "now": timezone.now()}
    if change == "switch_off":
        applications.activate(app=tenant.app, **said)
    if change == "suspend":
        tenants.set_organization(
            deployment=tenant.deployment,
            external_id="acme-ltd",
            status=TenantStatus.ACTIVE,
            **said,
        )


# ------------------------------------------------------------------------ creating


def test_never_more_keys_than_the_quota(acme, racers):
    acme.app.policy = {"keys_per_owner": 5}
    acme.app.save(update_fields=["policy"])
    total: Counter[str] = Counter()

    for number in range(CREATIONS):
        order = {"verb": "create", "app_id": str(acme.app.pk)}
        order["name"] = f"{number} {{n}}"
        outcomes = racers.all_race(order, threads=8)
        total += tally(outcomes)
        total["live"] += Key.objects.unrevoked().count()
        Key.objects.update(revoked_at=timezone.now())

    figures = crew.note("creation within the quota", rounds=CREATIONS, **total)
    assert total["done"] == total["live"] == 5 * CREATIONS, figures
    assert total["quota_keys"] == 11 * CREATIONS, figures


@pytest.mark.parametrize("other", ["renew", "prolong", "create"])
@pytest.mark.parametrize("verb", ["renew", "prolong"])
def test_no_expired_key_comes_back_beyond_the_quota(acme, racers, verb, other):
    acme.app.policy = {"keys_per_owner": 1}
    acme.app.save(update_fields=["policy"])
    total: Counter[str] = Counter()

    for number in range(CREATIONS):
        first, second = (expired(acme, f"{number} {part}") for part in "ab")
        facts = {"key_id": second}
        if other == "create":
            facts = {"app_id": str(acme.app.pk), "name": f"{number} c"}
        answers = racers.race({"verb": verb, "key_id": first}, {"verb": other, **facts})
        total += tally([outcome for answer in answers for outcome in answer])
        total["live"] += Key.objects.live(timezone.now()).count()
        Key.objects.update(revoked_at=timezone.now())

    figures = crew.note(f"{verb} against {other}", rounds=CREATIONS, **total)
    assert total["done"] == total["live"] == CREATIONS, figures
    assert total["quota_keys"] == CREATIONS, figures


def expired(tenant, name):
    key = make.key(tenant.app, name).key
    return str(make.aged(key, days=2, left=-timedelta(days=1)).pk)


def test_never_two_live_keys_of_a_name(acme, racers):
    total: Counter[str] = Counter()

    for number in range(CREATIONS):
        order = {"verb": "create", "app_id": str(acme.app.pk), "name": f"{number}"}
        total += tally(racers.all_race(order, threads=8))
        total["live"] += Key.objects.unrevoked().count()
        Key.objects.update(revoked_at=timezone.now())

    figures = crew.note("creation under one name", rounds=CREATIONS, **total)
    assert total["done"] == total["live"] == CREATIONS, figures
    assert total["name_taken"] == 15 * CREATIONS, figures


@pytest.mark.parametrize("by", ["customer", "host"])
def test_one_key_for_an_idempotency_token(acme, racers, by):
    total: Counter[str] = Counter()
    threads = min(25, THREADS)

    for number in range(CREATIONS):
        order = {"verb": "create", "app_id": str(acme.app.pk), "token": f"t{number}"}
        order |= {"by": by, "name": f"{number} {{n}}"}
        outcomes = racers.all_race(order, threads=threads)
        total += tally(outcomes)
        [made] = done(outcomes)
        told = {o["made"] for o in outcomes if "refused" in o}
        total["told of the one"] += told == {made}
        Key.objects.update(revoked_at=timezone.now())

    name = f"creation with one token by a {by}"
    figures = crew.note(name, rounds=CREATIONS, **total)
    assert total["done"] == total["told of the one"] == CREATIONS, figures
    assert total["idempotency_replay"] == (2 * threads - 1) * CREATIONS, figures
    assert AuditEvent.objects.filter(action="key.created").count() == CREATIONS


# ------------------------------------------------------------------------- schemes


def test_no_app_is_given_a_scheme_that_is_being_deleted(acme, racers):
    total: Counter[str] = Counter()

    for number in range(SCHEMES):
        scheme = make.scheme(acme.deployment, f"s{number}")
        give = {"verb": "give_scheme", "app_id": str(acme.app.pk), "slug": scheme.slug}
        delete = {"verb": "delete_scheme", "scheme_id": str(scheme.pk)}
        given, deleted = map(tally, racers.race(give, delete))
        total[f"{', '.join(given)} and {', '.join(deleted)}"] += 1
        app = ApiAuthApp.objects.select_related("rate_limit_scheme").get()
        is_there = RateLimitScheme.objects.filter(pk=scheme.pk).exists()
        total["whole"] += is_there == (app.rate_limit_scheme_slug == scheme.slug)

    figures = crew.note("scheme given against deleted", rounds=SCHEMES, **total)
    assert total["whole"] == SCHEMES, figures
    kept, gone = total["done and scheme_in_use"], total["invalid and done"]
    assert kept + gone == SCHEMES, figures


# --------------------------------------------------------------------- memberships


def test_who_is_put_in_and_taken_out_at_once_is_one_or_the_other(acme, racers):
    threads = min(8, THREADS)
    order = {"verb": "come_and_go", "deployment_id": str(acme.deployment.pk)}

    outcomes = racers.all_race({**order, "times": CREATIONS}, threads=threads)

    events = AuditEvent.objects.filter(action__startswith="membership.")
    told = Counter(events.values_list("action", flat=True))
    gone = sum(done(outcomes))
    figures = crew.note("membership put against removed", gone=gone, **told)
    assert told["membership.removed"] == gone, figures
    assert told["membership.changed"] == gone + Membership.objects.count(), figures


@pytest.mark.parametrize("verb", ["rotate_once", "issue"])
def test_one_secret_for_an_idempotency_token(acme, racers, verb):
    total: Counter[str] = Counter()
    threads = min(25, THREADS)
    key = make.key(acme.app).key
    facts = {"rotate_once": {"key_id": str(key.pk)}, "issue": {"app_slug": "aa_1"}}

    for number in range(REPEATS):
        order = {"verb": verb, "token": f"t{number}", **facts[verb]}
        outcomes = racers.all_race(order, threads=threads)
        total += tally(outcomes)
        [made] = done(outcomes)
        told = {o["made"] for o in outcomes if "refused" in o}
        total["told of the one"] += told == {made}

    figures = crew.note(f"{verb} with one token", rounds=REPEATS, **total)
    assert total["done"] == total["told of the one"] == REPEATS, figures
    assert total["idempotency_replay"] == (2 * threads - 1) * REPEATS, figures
    stored = KeySecret.objects.filter(version__gt=1).count() + Ticket.objects.count()
    assert stored == REPEATS, figures
