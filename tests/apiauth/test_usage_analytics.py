"""Usage summed up: totals, top lists, reasons."""

import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from apiauth import keys, usage
from apiauth.decisions import Filters, Reach
from apiauth.models import OwnerKind
from apiauth.usage import KeySum, PathSum, Section
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def analytics(app, *sections, top=10, now=NOON, reach=None, **filters):
    return usage.analytics(
        reach=reach or Reach(app=app),
        filters=Filters(**filters),
        sections=sections,
        top=top,
        now=now,
    )


def test_counts_what_was_allowed_and_what_was_not(acme, ci_key):
    for code in ("valid", "valid", "valid", "revoked", "permission_denied"):
        make.decision(ci_key.key, NOON - HOUR, code)

    sums = analytics(acme.app)

    assert (sums.total, sums.allowed, sums.blocked) == (5, 3, 2)
    assert sums.top_keys is sums.top_paths is sums.reasons is sums.rate_limited is None


def test_of_nothing_everything_is_zero(acme):
    sums = analytics(acme.app, *Section)

    assert (sums.total, sums.keys_used_24h, sums.rate_limited) == (0, 0, 0)
    assert (sums.top_keys, sums.top_paths, sums.reasons) == ([], [], {})


def test_goes_back_thirty_days(acme, ci_key):
    make.decision(ci_key.key, NOON - 30 * DAY)
    make.decision(ci_key.key, NOON - 31 * DAY)

    assert analytics(acme.app).total == 1
    assert analytics(acme.app, end=NOON - 30 * DAY).total == 1
    assert analytics(acme.app, start=NOON - 40 * DAY).total == 2


def test_counts_the_keys_of_a_day_whatever_the_filters(acme, ci_key):
    other = make.key(acme.app, "other").key
    idle = make.key(acme.app, "idle").key
    make.decision(ci_key.key, NOON - DAY)
    make.decision(ci_key.key, NOON - HOUR)
    make.decision(other, NOON - HOUR, "revoked")
    make.decision(idle, NOON - 2 * DAY)

    sums = analytics(acme.app, start=NOON - 9 * DAY, end=NOON - 8 * DAY, key_id=idle.id)

    assert (sums.total, sums.keys_used_24h) == (0, 2)


def test_ranks_keys_and_breaks_ties_by_id(acme):
    made = [make.key(acme.app, f"k{n}").key for n in range(4)]
    for key, times in zip(made, (1, 3, 1, 2), strict=True):
        for _ in range(times):
            make.decision(key, NOON - HOUR)

    ranked = analytics(acme.app, Section.TOP_KEYS, top=3).top_keys

    assert ranked == [
        KeySum(key_id=made[1].id, key_name="k1", total=3),
        KeySum(key_id=made[3].id, key_name="k3", total=2),
        KeySum(key_id=made[0].id, key_name="k0", total=1),
    ]


def test_ranks_no_key_that_is_gone(acme, ci_key):
    make.decision(ci_key.key, NOON - HOUR)
    for _ in range(2):
        make.decision(ci_key.key, NOON - HOUR, key_id=uuid.uuid4())

    sums = analytics(acme.app, Section.TOP_KEYS)

    assert [key.key_id for key in sums.top_keys] == [ci_key.key.pk]


def test_ranks_paths_with_their_method_alike_on_every_engine(acme, ci_key):
    asked = [
        ("GET", "/b"),
        ("GET", "/B"),
        ("GET", "/a_"),
        ("GET", "/aa"),
        ("GET", "/ä"),
    ]
    for method, path in [*asked, ("POST", "/b"), ("GET", "/ä")]:
        make.decision(ci_key.key, NOON - HOUR, method=method, path=path)

    ranked = analytics(acme.app, Section.TOP_PATHS).top_paths

    assert [p.path for p in ranked] == [
        *("GET /ä", "GET /B", "GET /a_", "GET /aa"),
        *("GET /b", "POST /b"),
    ]
    assert ranked[0] == PathSum(path="GET /ä", total=2)


def test_tells_the_reasons_most_frequent_first(acme, ci_key):
    for code in ("revoked", "expired", "rate_limited", "revoked", "valid"):
        make.decision(ci_key.key, NOON - HOUR, code)

    sums = analytics(acme.app, Section.BLOCKED_REASONS, Section.RATE_LIMITS)

    assert list(sums.reasons.items()) == [
        ("revoked", 2),
        ("expired", 1),
        ("rate_limited", 1),
    ]
    assert sums.rate_limited == 1


def test_tells_the_rules_that_refused(acme, ci_key):
    for code, rule in [
        *[("rate_limited", "3/3600s")] * 2,
        *[("rate_limited", "1/1s"), ("rate_limited", "")],
        *[("policy_violation", "network"), ("valid", "")],
    ]:
        make.decision(ci_key.key, NOON - HOUR, code, blocked_rule=rule)

    sums = analytics(acme.app, Section.BLOCKED_REASONS, Section.RATE_LIMITS)

    assert list(sums.reasons.items()) == [
        ("3/3600s", 2),
        ("1/1s", 1),
        ("network", 1),
        ("rate_limited", 1),
    ]
    assert sums.rate_limited == 4
    assert list(sums.limits.items()) == [("3/3600s", 2), ("1/1s", 1)]
    assert analytics(acme.app, Section.RATE_LIMITS, top=1).limits == {"3/3600s": 2}


def test_agrees_with_counting_by_hand(acme):
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    made = [make.key(acme.app, f"k{n}").key for n in range(3)]
    codes = ["valid", "valid", "revoked", "rotated", "permission_denied"]
    said = [
        (chance.choice(made), chance.choice(codes), chance.choice(["/a", "/b"]))
        for _ in range(150)
    ]
    for key, code, path in said:
        make.decision(key, NOON - chance.random() * DAY, code, path=path)

    sums = analytics(acme.app, *Section)

    by_key = Counter(key.id for key, _, _ in said)
    assert {k.key_id: k.total for k in sums.top_keys} == by_key
    assert sum(p.total for p in sums.top_paths) == sums.total == len(said)
    assert sums.reasons == Counter(code for _, code, _ in said if code != "valid")


def test_another_tenant_another_app_and_another_owner_see_nothing(
    acme, globex, ada, ci_key
):
    ben = keys.Owner(kind=OwnerKind.USER, id="ben")
    key = make.key(acme.app, owner=ben).key
    make.decision(key, NOON - HOUR)
    nothing = analytics(globex.app, *Section)

    assert analytics(make.app(acme.deployment, "aa_2"), *Section) == nothing
    mine = Reach.of_session(ada.session)
    assert analytics(acme.app, *Section, reach=mine, key_id=key.id) == nothing
    assert analytics(acme.app, *Section, key_id=key.id).total == 1


@pytest.mark.parametrize(("sections", "queries"), [((), 3), (tuple(Section), 6)])
def test_costs_few_queries(acme, ci_key, django_assert_num_queries, sections, queries):
    make.decision(ci_key.key, NOON - HOUR)

    # The mark; verdicts by code; the keys of a day; the keys, and their names; the paths.
    with django_assert_num_queries(queries):
        analytics(acme.app, *sections)
