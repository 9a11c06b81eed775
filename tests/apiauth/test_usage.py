"""The roll-up: what becomes of the log of decisions, each counted once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apiauth import keys, usage
from apiauth.errors import Invalid
from apiauth.models import (
    Decision,
    KeyDay,
    KeyUse,
    OwnerKind,
    UsageBucket,
    UsageMark,
)
from apiauth.retention import rows
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIDNIGHT = NOON - timedelta(hours=12)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def roll_up(**options):
    return list(usage.roll_up(**options))


def rebuild(since=NOON, until=NOON + DAY):
    return list(usage.rebuild(since=since, until=until, kept_since=NOON - 90 * DAY))


def buckets(*columns, **wanted):
    return sorted(UsageBucket.objects.filter(**wanted).values_list(*columns))


def everything():
    """All that sums say, but when they were made."""
    return [
        sorted(UsageBucket.objects.values_list()),
        sorted(KeyDay.objects.values_list()),
        sorted(KeyUse.objects.values_list()),
    ]


# --------------------------------------------------------------------------- forward


def test_sums_up_by_hour_and_by_day(ci_key):
    for at in (NOON, NOON + 59 * timedelta(minutes=1), NOON + HOUR, NOON + DAY):
        make.decision(ci_key.key, at)

    roll_up()

    assert buckets("starts_at", "total", owner_kind="", span="hour") == [
        (NOON, 2),
        (NOON + HOUR, 1),
        (NOON + DAY, 1),
    ]
    assert buckets("starts_at", "total", owner_kind="", span="day") == [
        (MIDNIGHT, 3),
        (MIDNIGHT + DAY, 1),
    ]


def test_sums_up_by_owner_and_for_all_of_them(acme, ci_key):
    ben = make.key(acme.app, "own", owner=keys.Owner(kind=OwnerKind.USER, id="ben"))
    for key in (ci_key.key, ben.key, ben.key):
        make.decision(key, NOON)

    roll_up()

    assert buckets("owner_kind", "owner_id", "total", span="hour") == [
        ("", "", 3),
        ("organization", "acme-ltd", 1),
        ("user", "ben", 2),
    ]


def test_sums_up_by_code_and_rule(ci_key):
    for code, rule in [("valid", ""), ("rate_limited", "3/1s"), ("rate_limited", "")]:
        make.decision(ci_key.key, NOON, code, blocked_rule=rule)

    roll_up()

    expected = [("rate_limited", "", 1), ("rate_limited", "3/1s", 1), ("valid", "", 1)]
    assert buckets("code", "rule", "total", owner_kind="", span="day") == expected
    assert sorted(KeyDay.objects.values_list("code", "rule", "total")) == expected


def test_keeps_when_a_key_asked_last_on_a_day(ci_key):
    for at in (NOON, NOON + 2 * HOUR, NOON + HOUR):
        make.decision(ci_key.key, at)

    roll_up()

    assert KeyDay.objects.get().last_at == NOON + 2 * HOUR


def test_keeps_the_last_accepted_use_and_counts_them(ci_key):
    make.decision(ci_key.key, NOON, client_ip="192.0.2.1", user_agent="curl/8")
    make.decision(ci_key.key, NOON - HOUR, client_ip="192.0.2.2")
    make.decision(ci_key.key, NOON + HOUR, "revoked", client_ip="192.0.2.3")

    roll_up()

    use = KeyUse.objects.get()
    assert (use.last_used_at, use.last_address) == (NOON, "192.0.2.1")
    assert (use.last_agent, use.total) == ("curl/8", 2)


def test_changes_nothing_when_repeated(ci_key):
    make.decision(ci_key.key, NOON)
    roll_up()
    before = everything()

    assert roll_up() == []

    assert everything() == before


def test_goes_on_where_it_was_interrupted(ci_key):
    for n in range(10):
        make.decision(ci_key.key, NOON + n * timedelta(minutes=1))
    running = usage.roll_up(most_rows=3)
    assert next(running).until == NOON + timedelta(minutes=3)
    running.close()

    assert [step.until for step in usage.roll_up(most_rows=3)] == [
        NOON + timedelta(minutes=6),
        NOON + timedelta(minutes=9),
        NOON + HOUR,
    ]

    assert buckets("total", owner_kind="") == [(10,), (10,)]
    assert KeyUse.objects.get().total == 10


def test_takes_what_came_within_one_second_at_once(ci_key):
    for n in range(5):
        make.decision(ci_key.key, NOON + n * SECOND / 10)

    assert [step.until for step in roll_up(most_rows=2)] == [NOON + SECOND]


def test_passes_hours_in_which_nothing_was_decided(ci_key):
    make.decision(ci_key.key, NOON - 40 * DAY)
    make.decision(ci_key.key, NOON)

    assert [step.since for step in roll_up()] == [NOON - 40 * DAY, NOON]


def test_leaves_alone_what_may_not_be_complete_yet(ci_key):
    now = timezone.now()
    make.decision(ci_key.key, now - usage.GRACE - 5 * SECOND)
    make.decision(ci_key.key, now - usage.GRACE + 5 * SECOND)

    roll_up()

    assert KeyUse.objects.get().total == 1
    assert UsageMark.objects.get().until <= now - usage.GRACE + 5 * SECOND


def test_begins_before_what_a_clock_ahead_of_ours_wrote(ci_key):
    make.decision(ci_key.key, timezone.now() + DAY)

    assert roll_up() == []

    assert UsageMark.objects.get().until <= timezone.now() - usage.GRACE


def test_leaves_out_what_belongs_to_nobody(ci_key):
    make.decision(ci_key.key, NOON, key_id=None)

    roll_up()

    assert everything() == [[], [], []]


def test_counts_no_use_that_another_tenant_logged(globex, ci_key):
    make.decision(ci_key.key, NOON)
    make.decision(ci_key.key, NOON + HOUR, deployment_id=globex.deployment.pk)

    assert len(roll_up()) == 2

    use = KeyUse.objects.get()
    assert (use.total, use.last_used_at) == (1, NOON)


def test_keeps_the_sums_of_what_the_log_no_longer_has(ci_key):
    make.decision(ci_key.key, NOON)
    roll_up()
    before = everything()
    Decision.objects.all().delete()

    assert roll_up() == []
    assert rebuild() == []

    assert everything() == before


# ---------------------------------------------------------------------------- anew


def test_makes_sums_anew_as_they_were(acme, ci_key):
    other = make.key(acme.app, "other").key
    for n in range(30):
        make.decision(ci_key.key, NOON + n * HOUR, "valid" if n % 3 else "revoked")
        make.decision(other, NOON + n * HOUR)
    roll_up()
    before = everything()

    assert [day.starts_at for day in rebuild()] == [MIDNIGHT, MIDNIGHT + DAY]

    assert everything() == before


def test_counts_anew_what_was_missed(ci_key):
    make.decision(ci_key.key, NOON)
    roll_up()
    make.decision(ci_key.key, NOON, client_ip="192.0.2.9")
    make.decision(ci_key.key, NOON + DAY)

    rebuild(until=MIDNIGHT + DAY)

    assert buckets("total", owner_kind="") == [(2,), (2,)]
    use = KeyUse.objects.get()
    assert (use.total, use.last_address) == (2, "192.0.2.9")


def test_makes_nothing_anew_that_was_not_summed_up(ci_key):
    make.decision(ci_key.key, NOON)
    assert rebuild() == []

    now = timezone.now()
    make.decision(ci_key.key, now - timedelta(minutes=2))
    roll_up()
    make.decision(ci_key.key, now)
    rebuild(since=now, until=now + DAY)

    assert KeyUse.objects.get().total == 2


def test_refuses_a_day_out_of_which_rows_have_gone(ci_key):
    for n in range(3):
        make.decision(ci_key.key, NOON + n * HOUR)
        make.decision(ci_key.key, NOON + DAY)
    roll_up()
    before = everything()
    cut = NOON + HOUR
    rows.delete(before=cut)

    with pytest.raises(Invalid, match="2026-11-22 13:00 UTC") as refused:
        rebuild()

    assert refused.value.field == "since"
    assert everything() == before
    assert len(rebuild(since=NOON + DAY)) == 1
    assert everything() == before


def test_refuses_days_of_which_the_log_has_only_a_part(db):
    with pytest.raises(Invalid, match="2026-11-22 12:00 UTC") as refused:
        list(usage.rebuild(since=NOON, until=NOON + DAY, kept_since=NOON))

    assert refused.value.field == "since"
