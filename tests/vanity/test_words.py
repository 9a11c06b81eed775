"""Words for states, moments, permissions and samples: pure, so without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from apiauth.models import ApiAuthApp, Key
from apiauth.policies import Policy
from vanity import expiries, grants, moments, snippets, statuses

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=20), "in under a minute"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(minutes=4), "in 4 minutes"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(hours=-24), "yesterday"),
        (timedelta(hours=24), "tomorrow"),
        (timedelta(days=7), "in 7 days"),
        (timedelta(days=-60), "23 Sep 2026"),
        (timedelta(days=60), "on 21 Jan 2027"),
    ],
)
def test_says_moments_by_their_distance(distance, words):
    assert moments.relative(NOW + distance, now=NOW) == words


def test_says_the_exact_minute_in_utc():
    assert moments.exact(NOW) == "22 Nov 2026, 12:00 UTC"


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({}, "active"),
        ({"created_via": "portal"}, "unconfirmed"),
        ({"created_via": "portal", "acknowledged_at": NOW}, "active"),
        ({"expires_at": NOW + timedelta(days=3)}, "expiring"),
        ({"expires_at": NOW + timedelta(days=30)}, "active"),
        ({"expires_at": NOW}, "expired"),
        ({"disabled_at": NOW}, "paused"),
        ({"revoked_at": NOW, "expires_at": NOW}, "revoked"),
    ],
)
def test_names_the_state_that_matters_most(facts, kind):
    key = Key(**{"created_via": "api", **facts})

    assert statuses.of(key, now=NOW).kind == kind


def test_counts_an_old_secret_as_rotating_while_it_lives():
    key = Key(created_via="api")

    for hours, kind in ((1, "rotating"), (-1, "active")):
        ends_at = NOW + timedelta(hours=hours)
        assert statuses.of(key, now=NOW, old_secret_ends_at=ends_at).kind == kind


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("Acme API", "ACME_API_KEY"),
        ("Acme API Keys", "ACME_API_API_KEY"),
        ("Übermut", "BERMUT_API_KEY"),
        ("プロダクト", "API_KEY"),
        ("7 Stars", "API_KEY"),
    ],
)
def test_names_the_variable_after_the_product(product, name):
    assert snippets.variable(product) == name


def test_leaves_one_place_for_the_secret_in_every_sample():
    for base in ("https://api.acme.example/v1/{odd}", ""):
        samples = snippets.samples(api_base_url=base, product="Acme")
        assert [len(sample.parts) for sample in samples] == [2] * 5


def test_puts_permissions_under_their_headings_with_the_dangerous_last():
    app = ApiAuthApp(
        permission_details={
            "a": {"group": "Reports", "dangerous": True},
            "b": {"group": "Reports", "label": "Read"},
        }
    )

    groups = grants.grouped(grants.described(app, ["a", "b", "c"]))

    assert [group.name for group in groups] == ["", "Reports"]
    assert [grant.slug for grant in groups[1].grants] == ["b", "a"]


@pytest.mark.parametrize(
    ("policy", "usual", "values"),
    [
        (Policy(), "90", ["7", "30", "60", "90", "180", "365", "date", "never"]),
        (Policy(expiry_max_days=45), "45", ["7", "30", "45", "date"]),
        (Policy(expiry_required=True, expiry_default_days=10), "10", None),
        (Policy(expiry_default_days=None), "90", None),
    ],
)
def test_offers_the_lives_that_the_policy_permits(policy, usual, values):
    offered = [option.value for option in expiries.lives(policy, now=NOW)]

    assert expiries.usual_life(policy) == usual
    assert usual in offered
    assert values is None or offered == values
    assert ("never" in offered) == (
        not policy.expiry_required and not policy.expiry_max_days
    )
