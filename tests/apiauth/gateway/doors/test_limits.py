"""Rate limits, at every door: exact to the last request, and charged as one."""

import pytest

from apiauth import credentials, ratelimits
from apiauth.models import RateCount
from tests import make
from tests.apiauth.gateway.doors import states
from tests.apiauth.gateway.doors.doors import at_talkative_doors

HERE, THERE = "192.0.2.1", "192.0.2.2"


def codes(ask, *asked):
    return [ask(**one).code for one in asked]


def test_takes_the_default_without_a_scheme(ask, settings):
    settings.KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE = 2

    assert ask().tells(code="valid", limits=[("2/60s", 1)], nearest=(2, 1))
    assert ask().tells(code="valid", limits=[("2/60s", 0)], nearest=(2, 0))
    assert ask().tells(code="rate_limited", rule="2/60s", nearest=(2, 0))


def test_has_no_limit_where_the_operator_wants_none(ask, settings):
    settings.KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE = 0

    assert ask().tells(code="valid", limits=[], nearest=None)


def test_admits_exactly_as_many_and_says_how_long_to_wait(ask, acme, ci_key):
    states.limited({})(acme, ci_key.key)

    assert ask().tells(code="valid", limits=[("2/3600s", 1)])
    assert ask().tells(code="valid", limits=[("2/3600s", 0)], waits=None)
    refusal = ask()
    assert refusal.tells(code="rate_limited", rule="2/3600s", limits=[("2/3600s", 0)])
    assert refusal.told["waits"] in range(3540, 3661)


@pytest.mark.parametrize(
    ("mode", "others"),
    [
        ("per_key", {"same": False, "address": False, "key": True, "app": True}),
        ("per_app", {"same": False, "address": False, "key": False, "app": True}),
        ("per_key_and_ip", {"same": False, "address": True, "key": True, "app": True}),
        ("per_app_and_ip", {"same": False, "address": True, "key": False, "app": True}),
        ("per_ip", {"same": False, "address": True, "key": False, "app": False}),
    ],
)
def test_counts_by_mode(ask, acme, ci_key, mode, others):
    states.limited({"mode": mode, "max_requests": 1})(acme, ci_key.key)
    other_key = make.key(acme.app, "Other").secret
    other_app = make.app(acme.deployment, "aa_2", rate_limit_scheme_slug="limits")
    elsewhere = make.key(other_app).secret
    assert ask().tells(code="valid")

    said = {
        "same": ask(),
        "address": ask(client_ip=THERE),
        "key": ask(secret=other_key),
        "app": ask(secret=elsewhere),
    }

    assert {name: seen.code == "valid" for name, seen in said.items()} == others


def test_counts_an_ipv6_address_with_its_whole_network(ask, acme, ci_key):
    states.limited({"mode": "per_ip", "max_requests": 1})(acme, ci_key.key)
    asked = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8:1:3::1"]

    said = codes(ask, *({"client_ip": one} for one in asked))

    assert said == ["valid", "rate_limited", "valid"]


def test_counts_ipv4_in_whatever_guise_as_one(ask, acme, ci_key):
    states.limited({"mode": "per_ip", "max_requests": 1})(acme, ci_key.key)

    # The log has one spelling, too, so the other one is asked first.
    assert ask(client_ip=HERE).tells(code="valid")
    assert ask(client_ip=HERE).tells(code="rate_limited")


def test_asks_every_rule_and_charges_all_or_none(ask, acme, ci_key):
    wide, tight = {"max_requests": 9}, {"max_requests": 1, "unit": "day", "priority": 1}
    states.limited(wide, tight)(acme, ci_key.key)

    assert ask().tells(code="valid", limits=[("9/3600s", 8), ("1/86400s", 0)])
    for _ in range(3):
        limits = [("9/3600s", 8), ("1/86400s", 0)]
        assert ask().tells(code="rate_limited", rule="1/86400s", limits=limits)


def test_names_the_first_rule_by_priority(ask, acme, ci_key):
    day, hour = {"max_requests": 1, "unit": "day"}, {"max_requests": 1}
    states.limited({**day, "priority": 2}, {**hour, "priority": 1})(acme, ci_key.key)

    assert ask().tells(limits=[("1/3600s", 0), ("1/86400s", 0)])
    assert ask().tells(code="rate_limited", rule="1/3600s")


def test_counts_only_where_a_rule_speaks(ask, acme, ci_key):
    states.limited({"max_requests": 1, "endpoints": ["/a", "/c"]})(acme, ci_key.key)

    said = codes(ask, *({"resource": f"/{path}"} for path in "abbac"))

    assert said == ["valid", "valid", "valid", "rate_limited", "rate_limited"]


@pytest.mark.parametrize("path", ["//a", "/b//a", "//x/a"])
def test_counts_a_path_that_servers_read_differently_by_every_rule(
    ask, acme, ci_key, path
):
    states.limited({"max_requests": 1, "endpoints": ["/a"]})(acme, ci_key.key)

    assert codes(ask, *[{"resource": path}] * 2) == ["valid", "rate_limited"]
    assert ask(resource="/a").tells(code="rate_limited")


@at_talkative_doors
def test_has_no_limit_where_no_rule_speaks(ask, acme, ci_key):
    states.limited({"endpoints": ["/a"]})(acme, ci_key.key)

    assert ask(resource="/b").tells(code="valid", limits=[])


def test_a_denial_takes_nothing(ask, acme, ci_key):
    states.limited({"max_requests": 1})(acme, ci_key.key)
    states.update_app(acme, policy={"networks": [HERE]})
    denials = [{"required": ["reports:delete"]}, {"client_ip": THERE}]

    said = codes(ask, *denials * 2, {"secret": credentials.make_secret("acme_live")})

    assert said == ["permission_denied", "network_forbidden"] * 2 + ["unknown"]
    assert not RateCount.objects.exists()
    assert codes(ask, {}, {}) == ["valid", "rate_limited"]
    used = RateCount.objects.get().used
    assert ask().tells(code="rate_limited")
    assert RateCount.objects.get().used == used == 1


def test_a_denial_comes_before_a_spent_limit(ask, acme, ci_key):
    states.limited({"max_requests": 1})(acme, ci_key.key)
    ask()

    assert ask(required=["reports:delete"]).tells(code="permission_denied", limits=[])
    assert ask().tells(code="rate_limited")


def test_refuses_at_the_largest_limit_as_at_any_other(ask, acme, ci_key):
    states.limited({"max_requests": ratelimits.MAX_REQUESTS})(acme, ci_key.key)
    assert ask().tells(code="valid")

    states.use_up(ratelimits.MAX_REQUESTS)

    assert ask().tells(code="rate_limited", nearest=(ratelimits.MAX_REQUESTS, 0))


def test_a_rotation_keeps_the_count(ask, acme, ci_key):
    states.limited({})(acme, ci_key.key)
    ask()

    new = states.rotate(acme, ci_key.key, overlap_seconds=60)

    assert ask(secret=new).tells(code="valid", nearest=(2, 0))
    assert ask(secret=new).tells(code="rate_limited")
    assert ask().tells(code="rate_limited")


def test_a_change_of_how_much_keeps_the_count(ask, acme, ci_key):
    states.limited({"max_requests": 1})(acme, ci_key.key)
    assert codes(ask, {}, {}) == ["valid", "rate_limited"]

    states.limited({"max_requests": 3}, slug="more")(acme, ci_key.key)

    assert ask().tells(code="valid", limits=[("3/3600s", 1)])
    states.limited({"max_requests": 1}, slug="less")(acme, ci_key.key)
    assert ask().tells(code="rate_limited", limits=[("1/3600s", 0)])


@at_talkative_doors
def test_explains_every_limit_and_charges_no_refusal(ask, acme, ci_key):
    day = {"max_requests": 1, "unit": "day", "priority": 1}
    states.limited({"max_requests": 1}, day)(acme, ci_key.key)
    refused = {"required": ["reports:delete"], "explain": True}

    fresh = [("1/3600s", 1), ("1/86400s", 1)]
    assert ask(**refused).tells(explained=["permission_denied"], limits=fresh)
    assert ask(explain=True).tells(code="valid", explained=[])
    assert ask(explain=True).tells(
        code="rate_limited", rule="1/3600s", explained=["rate_limited"] * 2
    )
    both = ["permission_denied", "rate_limited", "rate_limited"]
    assert ask(**refused).tells(code="permission_denied", explained=both, waits=None)
