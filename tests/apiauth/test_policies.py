"""Policies: what an app's rules allow, and how they are read."""

from datetime import UTC, datetime, timedelta

import pytest

from apiauth import policies
from apiauth.errors import Invalid, PolicyViolation, QuotaReached
from apiauth.policies import AtCheck, Policy

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("rules", "lifetime"),
    [
        ({}, None),
        ({}, DAY),
        ({}, 3650 * DAY),
        ({"expiry_max_days": 30}, 30 * DAY),
        ({"expiry_max_days": 30}, 30 * DAY + timedelta(seconds=50)),
        ({"expiry_required": True}, DAY),
    ],
)
def test_allows_an_expiry_within_the_rules(rules, lifetime):
    expires_at = None if lifetime is None else NOW + lifetime

    Policy(**rules).check_expiry(expires_at, now=NOW)


@pytest.mark.parametrize(
    ("rules", "lifetime", "rule"),
    [
        ({}, 3651 * DAY, "expiry_max_days"),
        ({"expiry_max_days": 30}, 31 * DAY, "expiry_max_days"),
        ({"expiry_max_days": 30}, None, "expiry_required"),
        ({"expiry_required": True}, None, "expiry_required"),
    ],
)
def test_names_the_rule_that_an_expiry_breaks(rules, lifetime, rule):
    expires_at = None if lifetime is None else NOW + lifetime

    with pytest.raises(PolicyViolation) as refusal:
        Policy(**rules).check_expiry(expires_at, now=NOW)

    assert (refusal.value.rule, refusal.value.field) == (rule, "expires_at")
    assert refusal.value.limit in refusal.value.message


@pytest.mark.parametrize("lifetime", [timedelta(0), -DAY])
def test_refuses_an_expiry_that_has_passed(lifetime):
    with pytest.raises(Invalid) as refusal:
        Policy().check_expiry(NOW + lifetime, now=NOW)

    assert refusal.value.field == "expires_at"


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ({}, None),
        ({"expiry_default_days": 30}, None),
        ({"expiry_required": True}, 90),
        ({"expiry_max_days": 7, "expiry_default_days": 3}, 3),
        ({"expiry_max_days": 7, "expiry_default_days": None}, 7),
        ({"expiry_required": True, "expiry_default_days": None}, 3650),
    ],
)
def test_ends_unasked_only_what_must_end(rules, days):
    wanted = None if days is None else NOW + timedelta(days=days)

    policy = policies.read(rules)

    assert policy.usual_end(now=NOW) == wanted
    policy.check_expiry(wanted, now=NOW)


def test_bounds_the_overlap():
    policy = Policy(overlap_max_seconds=60)
    policy.check_overlap(60)

    with pytest.raises(PolicyViolation) as refusal:
        policy.check_overlap(61)

    assert refusal.value.details == {
        "field": "overlap_seconds",
        "rule": "overlap_max_seconds",
        "limit": "60",
    }


def test_refuses_a_negative_overlap():
    with pytest.raises(Invalid) as refusal:
        Policy().check_overlap(-1)

    assert refusal.value.field == "overlap_seconds"


def test_counts_keys_up_to_the_quota():
    Policy(keys_per_owner=3).check_quota(2)

    with pytest.raises(QuotaReached) as refusal:
        Policy(keys_per_owner=3).check_quota(3)

    assert refusal.value.details == {"limit": 3}


@pytest.mark.parametrize("reason", ["leaked", ""])
def test_wants_a_reason_only_where_the_rules_do(reason):
    Policy().check_reason(reason)
    Policy(reason_required=True).check_reason("leaked")

    with pytest.raises(PolicyViolation):
        Policy(reason_required=True).check_reason("")


def test_reads_what_was_said_and_fills_in_the_rest():
    policy = policies.read({"keys_per_owner": 5, "expiry_default_days": None})

    assert policy == Policy(keys_per_owner=5, expiry_default_days=None)


def test_shortens_an_unsaid_default_to_the_longest_life():
    assert policies.read({"expiry_max_days": 30}).expiry_default_days == 30


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "x",
        {"unknown_rule": 1},
        {"keys_per_owner": 0},
        {"keys_per_owner": 10_001},
        {"keys_per_owner": None},
        {"keys_per_owner": True},
        {"keys_per_owner": "5"},
        {"keys_per_owner": 5.0},
        {"expiry_max_days": 0},
        {"expiry_max_days": 3651},
        {"expiry_required": 1},
        {"reason_required": None},
        {"overlap_max_seconds": 7 * 24 * 3600 + 1},
        {"expiry_max_days": 30, "expiry_default_days": 31},
        {"at_check": "sometimes"},
        {"at_check": None},
        {"at_check": True},
        {"at_check": ["off"]},
    ],
)
def test_refuses_rules_that_make_no_sense(stored):
    with pytest.raises(Invalid) as refusal:
        policies.read(stored)

    assert refusal.value.field == "policy"


@pytest.mark.parametrize("networks", ["10.0.0.0/8", None, [7], ["10.0.0.1/8"], ["x"]])
def test_names_the_networks_that_are_none(networks):
    with pytest.raises(Invalid) as refusal:
        policies.read({"networks": networks})

    assert refusal.value.field == "networks"


def test_writes_networks_in_one_spelling_and_the_rest_as_it_was_said():
    said = {"networks": ["192.0.2.7", "10.0.0.0/8"], "expiry_max_days": 30}

    written = policies.written(said)

    assert written == {**said, "networks": ["192.0.2.7/32", "10.0.0.0/8"]}
    assert policies.written(written) == written
    assert policies.written({}) == {}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"networks": ["10.0.0.0/8"], "at_check": "report"},
        {"keys_per_owner": 5, "expiry_default_days": None, "at_check": "off"},
    ],
)
def test_takes_what_was_written_as_it_is_read(said):
    assert policies.stored(policies.written(said)) == policies.read(said)


def test_holds_no_key_to_rules_at_checks_unless_told_to():
    assert (Policy().at_check, Policy().networks) == (AtCheck.OFF, ())


@pytest.mark.parametrize(
    ("rules", "lifetime", "rule"),
    [
        ({}, None, ""),
        ({}, 9000 * DAY, ""),
        ({"expiry_required": True}, None, "expiry_required"),
        ({"expiry_required": True}, 9000 * DAY, ""),
        ({"expiry_max_days": 30}, None, "expiry_required"),
        ({"expiry_max_days": 30}, 30 * DAY + timedelta(seconds=60), ""),
        ({"expiry_max_days": 30}, 30 * DAY + timedelta(seconds=61), "expiry_max_days"),
    ],
)
def test_names_the_rule_that_a_key_breaks_by_now(rules, lifetime, rule):
    expires_at = None if lifetime is None else NOW + lifetime

    broken = Policy(**rules).broken_by(
        secret_made_at=NOW, secret_ends_at=None, expires_at=expires_at
    )

    assert broken == rule


@pytest.mark.parametrize(
    ("ends_at", "expires_at", "rule"),
    [
        (NOW + 30 * DAY, NOW + 60 * DAY, ""),
        (NOW + 31 * DAY, NOW + 60 * DAY, "expiry_max_days"),
        (NOW + 60 * DAY, NOW + 30 * DAY, ""),
        (NOW + DAY, None, "expiry_required"),
    ],
)
def test_holds_an_old_secret_to_its_own_end(ends_at, expires_at, rule):
    broken = Policy(expiry_max_days=30).broken_by(
        secret_made_at=NOW, secret_ends_at=ends_at, expires_at=expires_at
    )

    assert broken == rule


@pytest.mark.parametrize(
    ("rules", "left", "rule"),
    [
        ({"expiry_max_days": 30}, 10 * DAY, ""),
        ({"expiry_max_days": 30}, 11 * DAY, "expiry_max_days"),
        # What no operator has set counts from now on.
        ({}, 3650 * DAY, ""),
        ({}, 3651 * DAY, "expiry_max_days"),
    ],
)
def test_counts_a_longest_life_from_when_the_secret_was_made(rules, left, rule):
    policy, made_at = Policy(**rules), NOW - 20 * DAY

    if not rule:
        policy.check_expiry(NOW + left, secret_made_at=made_at, now=NOW)
        return
    with pytest.raises(PolicyViolation) as refusal:
        policy.check_expiry(NOW + left, secret_made_at=made_at, now=NOW)
    assert refusal.value.rule == rule


@pytest.mark.parametrize(
    ("rules", "expires_at", "days"),
    [
        ({}, None, 7),
        ({}, NOW + 3 * DAY, 3),
        ({"expiry_max_days": 22}, None, 7),
        ({"expiry_max_days": 22, "at_check": AtCheck.REPORT}, None, 7),
        ({"expiry_max_days": 22, "at_check": AtCheck.ENFORCE}, None, 2),
        ({"expiry_max_days": 22, "at_check": AtCheck.ENFORCE}, NOW + DAY, 1),
    ],
)
def test_lets_no_overlap_lengthen_a_life(rules, expires_at, days):
    ends_at = Policy(**rules).overlap_end(
        NOW + 7 * DAY, secret_made_at=NOW - 20 * DAY, expires_at=expires_at
    )

    assert ends_at == NOW + days * DAY
