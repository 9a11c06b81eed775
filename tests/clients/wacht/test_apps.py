"""Apps by the SDK (README: 4)."""

import pytest

from tests.clients import nodes

ALWAYS = {
    "app_slug",
    "created_at",
    "deleted_at",
    "deployment_id",
    "description",
    "is_active",
    "key_prefix",
    "name",
    "permissions",
    "rate_limits",
    "resources",
    "updated_at",
}
WHEN_SET = {"organization_id", "rate_limit_scheme_slug", "user_id", "workspace_id"}
RULE = {
    "unit": "minute",
    "duration": 1,
    "max_requests": 100,
    "mode": "per_key",
    "priority": 0,
}


@pytest.fixture(scope="module")
def told(tell):
    return tell("apps")


def slugs(seen):
    return [app["app_slug"] for app in seen["answer"]]


def test_creates_as_seeds_001_and_002_spell_it(told):
    app = told["withAppSlug"]["answer"]

    assert set(app) == ALWAYS
    assert (app["app_slug"], app["key_prefix"]) == ("aa_77", "northwind_live")
    assert app["description"] == "Keys of Northwind's customers"
    assert app["is_active"] is True
    assert app["created_at"].endswith("Z")
    assert (app["rate_limits"], app["deleted_at"]) == ([], None)


def test_creates_as_seed_003_spells_it(told):
    app = told["withSlug"]["answer"]

    assert set(app) == ALWAYS | {"organization_id", "rate_limit_scheme_slug"}
    assert (app["app_slug"], app["key_prefix"]) == ("northwind-v2", "wk_live")
    assert app["organization_id"] == "org_abc123"
    assert app["permissions"] == ["read:data", "write:data"]
    assert app["rate_limits"] == [RULE]


def test_takes_every_member_and_ignores_others(told):
    app = told["withEverything"]["answer"]

    assert set(app) == ALWAYS | WHEN_SET
    # Hosts may count their users; on the wire an id is text.
    assert (app["user_id"], app["organization_id"]) == ("17", "18")
    assert (app["workspace_id"], app["resources"]) == ("ws_1", ["/v1/reports"])


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("noSlug", "app_slug"),
        ("twoSlugs", "slug"),
        ("noName", "name"),
        ("noScheme", "rate_limit_scheme_slug"),
        ("changedWrongly", "name"),
    ],
)
def test_reads_which_member_is_wrong(told, call, field):
    assert nodes.refusal(told[call]) == ("ValidationError", 400)
    assert told[call]["details"] == {"field": field}


def test_meets_a_slug_in_use(told):
    assert nodes.refusal(told["slugInUse"]) == ("ConflictError", 409)


def test_makes_nothing_with_a_key_that_nobody_minted(told):
    assert nodes.refusal(told["createdByNobody"]) == ("AuthenticationError", 401)


def test_gets_one_by_slug_and_by_name(told):
    created, shown = nodes.answers(told, "withAppSlug", "shown")
    named, by_name = nodes.answers(told, "withSlug", "shownByName")

    assert (shown, by_name) == (created, named)


def test_lists_all_newest_first_whatever_limit_it_was_given(told):
    # The SDK declares limit and offset, and sends neither.
    listed = slugs(told["listed"])

    mine = [slug for slug in listed if slug in {"aa_77", "aa_78", "northwind-v2"}]
    assert mine == ["aa_78", "northwind-v2", "aa_77"]
    assert slugs(told["listedWithLimit"]) == listed


def test_gives_the_list_under_both_names_with_its_bounds(told):
    whole, page = nodes.answers(told, "envelope", "page")

    assert set(whole) == {"apps", "data", "has_more", "limit", "offset", "total"}
    assert whole["apps"] == whole["data"]
    assert len(whole["apps"]) == whole["total"]
    assert whole["has_more"] is False
    assert page["apps"] == whole["apps"][1:2]
    assert (page["limit"], page["offset"], page["has_more"]) == (1, 1, True)
    assert [app["app_slug"] for app in told["searched"]["answer"]["apps"]] == ["aa_77"]


def test_changes_everything_that_may_be(told):
    app = told["changed"]["answer"]

    assert (app["name"], app["key_prefix"]) == ("Northwind API", "nw_live")
    assert (app["description"], app["resources"]) == ("New words", ["/v1"])
    assert (app["organization_id"], app["workspace_id"]) == ("42", "ws_2")
    assert (app["permissions"], app["rate_limits"]) == (["read:data"], [RULE])


def test_leaves_what_is_null(told):
    assert told["changedByNulls"]["answer"] == told["changed"]["answer"]


def test_lists_an_app_that_is_off_only_when_asked(told):
    assert told["switchedOff"]["answer"]["is_active"] is False
    assert "aa_77" not in slugs(told["listedActive"])
    assert "aa_77" in slugs(told["listedAll"])


def test_deletes_once_for_good(told):
    assert told["deleted"]["answer"] == {}
    assert nodes.refusal(told["deletedTwice"]) == ("NotFoundError", 404)
    assert "aa_77" not in slugs(told["listedAfterwards"])


@pytest.mark.parametrize("call", ["shownDeleted", "keysOfDeleted", "logOfDeleted"])
def test_finds_nothing_of_a_deleted_app(told, call):
    assert nodes.refusal(told[call]) == ("NotFoundError", 404)


@pytest.mark.parametrize("verb", ["shown", "changed", "deleted"])
def test_cannot_tell_a_foreign_app_from_an_absent_one(told, verb):
    foreign = told[f"{verb}Foreign"]
    absent = told["deletedTwice" if verb == "deleted" else f"{verb}Unknown"]

    assert nodes.refusal(foreign) == ("NotFoundError", 404)
    assert foreign["message"] == absent["message"]
