"""Rate-limit schemes by the SDK (README: 6)."""

import pytest

from apiauth import ratelimits
from tests.clients import nodes

SCHEME = {
    "created_at",
    "deployment_id",
    "description",
    "id",
    "name",
    "rules",
    "slug",
    "updated_at",
}
RULE = {"unit": "minute", "duration": 1, "max_requests": 100}


@pytest.fixture(scope="module")
def told(tell):
    return tell("schemes")


def test_creates_one_and_writes_the_mode_out(told):
    scheme = told["created"]["answer"]

    assert set(scheme) == SCHEME
    assert (scheme["slug"], scheme["name"]) == ("standard_plan", "Standard plan")
    assert scheme["rules"] == [{**RULE, "mode": "per_app", "priority": 0}]
    assert isinstance(scheme["id"], str)
    assert isinstance(scheme["deployment_id"], str)


def test_keeps_every_mode_endpoint_and_priority(told):
    scheme = told["withEverything"]["answer"]

    modes = ["per_app", "per_key", "per_key_and_ip", "per_app_and_ip", "per_ip"]
    assert scheme["description"] == "All that a rule may say"
    assert [rule["mode"] for rule in scheme["rules"]] == modes
    assert [rule["priority"] for rule in scheme["rules"]] == [0, 1, 2, 3, 4]
    assert {tuple(rule["endpoints"]) for rule in scheme["rules"]} == {("/v1/reports",)}


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("blankSlug", "slug"),
        ("blankName", "name"),
        ("noRules", "rules"),
        ("absentRules", "rules"),
        ("noRequests", "rules.0.max_requests"),
        ("noDuration", "rules.0.duration"),
        ("oddUnit", "rules.0.unit"),
        ("oddMode", "rules.0.mode"),
        ("changedWrongly", "rules"),
    ],
)
def test_reads_which_member_is_wrong(told, call, field):
    assert nodes.refusal(told[call]) == ("ValidationError", 400)
    assert told[call]["details"] == {"field": field}


@pytest.mark.parametrize("unit", list(ratelimits.Unit))
def test_meets_the_bound_of_each_unit(told, unit):
    longest, beyond = told[f"longest:{unit}"], told[f"beyond:{unit}"]

    assert longest["answer"]["rules"][0]["unit"] == unit
    assert nodes.refusal(beyond) == ("ValidationError", 400)
    assert beyond["details"] == {"field": "rules.0.duration"}


def test_meets_a_slug_in_use(told):
    assert nodes.refusal(told["createdTwice"]) == ("ConflictError", 409)


def test_makes_nothing_with_a_key_that_nobody_minted(told):
    assert nodes.refusal(told["createdByNobody"]) == ("AuthenticationError", 401)


def test_gets_one(told):
    assert told["shown"]["answer"] == told["created"]["answer"]


def test_changes_all_but_the_slug(told):
    before, after = nodes.answers(told, "created", "changed")

    assert (after["id"], after["slug"]) == (before["id"], "standard_plan")
    assert (after["name"], after["description"]) == ("Standard", "Words")
    [rule] = after["rules"]
    assert (rule["unit"], rule["mode"], rule["max_requests"]) == ("hour", "per_key", 5)


def test_lists_all_last_updated_first(told):
    listed, envelope = nodes.answers(told, "listed", "envelope")

    moments = [scheme["updated_at"] for scheme in listed]
    assert moments == sorted(moments, reverse=True)
    assert listed[0] == told["changed"]["answer"]
    assert set(envelope) == {"schemes", "total"}
    assert envelope["total"] == len(envelope["schemes"]) == len(listed)


def test_keeps_one_that_an_app_uses(told):
    assert told["used"]["answer"]["rate_limit_scheme_slug"] == "standard_plan"
    assert nodes.refusal(told["deletedInUse"]) == ("ValidationError", 400)
    assert told["deletedInUse"]["details"] == {"apps": "aa_schemes"}


def test_deletes_one_that_no_app_uses_any_more(told):
    assert told["deleted"]["returnedNothing"]
    assert told["deleted"]["wire"][0]["status"] == 204
    assert nodes.refusal(told["deletedTwice"]) == ("NotFoundError", 404)


@pytest.mark.parametrize("call", ["shownUnknown", "changedUnknown", "deletedTwice"])
def test_finds_no_other(told, call):
    assert nodes.refusal(told[call]) == ("NotFoundError", 404)
