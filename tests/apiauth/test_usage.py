"""Usage: hourly sums of decisions."""

from datetime import UTC, datetime, timedelta

import pytest

from apiauth import credentials, gateway, keys, usage
from apiauth.models import Decision, OwnerKind, UsageBucket
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def decided(acme, ci_key):
    """Leave decisions at given moments, as the gateway would have."""

    def at(*moments, secret=ci_key.secret, **settings):
        for moment in moments:
            verdict = gateway.check(
                gateway.ask(secret=secret, method="GET", resource="/", **settings)
            )
            Decision.objects.filter(pk=verdict.question.id).update(decided_at=moment)

    return at


def buckets(*columns):
    return sorted(UsageBucket.objects.values_list(*columns))


def test_sums_up_by_hour_and_code(decided):
    decided(NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1))
    decided(NOON, required_permissions=["reports:delete"])

    assert usage.roll_up(since=NOON, until=NOON + timedelta(hours=2)) == 3

    assert buckets("starts_at", "code", "total") == [
        (NOON, "permission_denied", 1),
        (NOON, "valid", 2),
        (NOON + timedelta(hours=1), "valid", 1),
    ]


def test_sums_up_by_owner(decided, acme):
    other = make.key(acme.app, "own", owner=keys.Owner(kind=OwnerKind.USER, id="ben"))
    decided(NOON)
    decided(NOON, NOON, secret=other.secret)

    usage.roll_up(since=NOON, until=NOON + usage.HOUR)

    assert buckets("owner_kind", "owner_id", "total") == [
        ("organization", "acme-ltd", 1),
        ("user", "ben", 2),
    ]


def test_changes_nothing_when_repeated_and_counts_late_rows(decided):
    decided(NOON)
    usage.roll_up(since=NOON, until=NOON + usage.HOUR)
    usage.roll_up(since=NOON, until=NOON + usage.HOUR)
    assert buckets("total") == [(1,)]

    decided(NOON)
    usage.roll_up(since=NOON + timedelta(minutes=30), until=NOON + usage.HOUR)

    assert buckets("total") == [(2,)]


def test_keeps_the_sums_of_hours_whose_decisions_are_gone(decided):
    decided(NOON)
    usage.roll_up(since=NOON, until=NOON + usage.HOUR)
    Decision.objects.all().delete()

    assert usage.roll_up(since=NOON, until=NOON + usage.HOUR) == 0

    assert buckets("total") == [(1,)]


def test_leaves_out_what_belongs_to_nobody(decided):
    decided(NOON, secret=credentials.make_secret("acme_live"))

    assert usage.roll_up(since=NOON, until=NOON + usage.HOUR) == 0
