"""Keys by the SDK and by the routes of older ones (README: 5, 12, 13 and 15)."""

import pytest

from tests.clients import desk, nodes

KEY = {
    "app_slug",
    "created_at",
    "deployment_id",
    "description",
    "expires_at",
    "id",
    "is_active",
    "key_prefix",
    "key_suffix",
    "last_used_at",
    "metadata",
    "name",
    "old_secret_ends_at",
    "org_role_permissions",
    "owner_user_id",
    "permissions",
    "rate_limit_scheme_slug",
    "rate_limits",
    "revoked_at",
    "revoked_reason",
    "updated_at",
    "workspace_role_permissions",
}
MINE = ["Staging backend", "Production backend"]


@pytest.fixture(scope="module")
def told(tell):
    return tell("keys")


def names(seen):
    return [key["name"] for key in seen["answer"]]


@pytest.mark.parametrize("call", ["created", "rotated", "key_id:rotated"])
def test_reads_a_secret_in_both_forms(told, call):
    answer = dict(told[call]["answer"])

    secret, nested = answer.pop("secret"), answer.pop("key")
    assert answer == nested
    assert set(answer) == KEY
    assert secret.startswith("nw_live_")
    assert secret.endswith(answer["key_suffix"])
    assert len(answer["key_suffix"]) == 8


def test_creates_a_key_with_everything_that_was_said(told):
    key = told["created"]["answer"]

    assert (key["name"], key["owner_user_id"]) == ("Production backend", "usr_abc123")
    assert (key["permissions"], key["metadata"]) == (["read:data"], {"team": "data"})
    assert key["expires_at"] == told["expiry"]["answer"]
    assert key["is_active"] is True


def test_creates_by_the_apps_name_with_all_that_the_app_allows(told):
    key = told["createdByAppName"]["answer"]

    assert key["app_slug"] == "aa_keys"
    assert key["permissions"] == ["read:data", "write:data"]
    assert (key["owner_user_id"], key["expires_at"]) == (None, None)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("createdWithoutName", "name"),
        ("createdBeyondApp", "permissions"),
        ("createdWithKind", "metadata"),
        ("olderRouteWithoutId", "key_id"),
    ],
)
def test_reads_which_member_is_wrong(told, call, field):
    assert nodes.refusal(told[call]) == ("ValidationError", 400)
    assert told[call]["details"]["field"] == field


def test_meets_a_name_in_use(told):
    assert nodes.refusal(told["createdTwice"]) == ("ConflictError", 409)


def test_makes_nothing_with_a_key_that_nobody_minted(told):
    assert nodes.refusal(told["createdByNobody"]) == ("AuthenticationError", 401)


@pytest.mark.parametrize("call", ["listed", "listedByAppName"])
def test_lists_by_slug_and_by_name_newest_first_without_secrets(told, call):
    assert names(told[call]) == MINE
    assert [set(key) for key in told[call]["answer"]] == [KEY, KEY]


@pytest.mark.parametrize(
    ("call", "listed"), [("listedActive", MINE[:1]), ("listedAll", MINE)]
)
def test_lists_inactive_ones_only_when_asked(told, call, listed):
    assert names(told[call]) == listed


def test_rotates_to_a_new_secret_of_the_same_key(told):
    before, after = nodes.answers(told, "created", "rotated")

    assert after["id"] == before["id"]
    assert after["secret"] != before["secret"]
    kept = ("name", "permissions", "metadata", "expires_at", "owner_user_id")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert told["newSecret"]["answer"]["identity"]["key_id"] == before["id"]
    assert nodes.refusal(told["oldSecret"]) == ("AuthenticationError", 401)


def test_revokes_at_once_with_a_reason(told):
    listed = told["listedAll"]["answer"][1]

    assert told["revoked"]["answer"] == {}
    assert nodes.refusal(told["revokedSecret"]) == ("AuthenticationError", 401)
    assert (listed["is_active"], listed["revoked_reason"]) == (False, "Leaked")
    assert listed["revoked_at"].endswith("Z")


@pytest.mark.parametrize("call", ["revokedTwice", "rotatedRevoked"])
def test_finds_no_revoked_key(told, call):
    assert nodes.refusal(told[call]) == ("NotFoundError", 404)


@pytest.mark.parametrize("verb", ["rotated", "revoked"])
def test_cannot_tell_a_foreign_key_from_an_absent_one(told, verb):
    foreign, absent = told[f"{verb}Foreign"], told[f"{verb}Unknown"]

    assert nodes.refusal(foreign) == ("NotFoundError", 404)
    assert foreign["message"] == absent["message"]


@pytest.mark.parametrize(
    ("foreign", "absent"),
    [
        ("createdInForeignApp", "createdInUnknownApp"),
        ("listedForeign", "listedUnknown"),
    ],
)
def test_cannot_tell_a_foreign_app_from_an_absent_one(told, foreign, absent):
    assert nodes.refusal(told[foreign]) == ("NotFoundError", 404)
    assert told[foreign]["message"] == told[absent]["message"]


# ---------------------------------------------------- the SDK posts its whole self


def test_revokes_when_the_sdk_posts_its_whole_self(told):
    revoked = told["listedAfterwards"]["answer"][0]

    assert told["revokedWithoutOptions"]["wire"][0]["bodyHasBackendKey"]
    assert told["revokedWithoutOptions"]["answer"] == {}
    assert nodes.refusal(told["secretWithoutOptions"]) == ("AuthenticationError", 401)
    assert (revoked["is_active"], revoked["revoked_reason"]) == (False, None)


def test_keeps_the_backend_key_in_no_log_and_no_row(told, served, acme_desk):
    # Whoever sent it in a body must not find it again anywhere.
    assert told["revokedWithoutOptions"]["wire"][0]["bodyHasBackendKey"]
    secret = acme_desk.backend_key.encode()

    log, stored = served.log.read_bytes(), desk.stored_bytes(served)

    assert b"/api-auth/apps/aa_keys/keys/" in log
    assert b"Production backend" in stored
    assert secret not in log
    assert secret not in stored


def test_keeps_no_secret_of_a_key_either(told, served):
    secrets = [told[call]["answer"]["secret"] for call in ("created", "rotated")]

    kept = served.log.read_bytes() + desk.stored_bytes(served)

    assert not [True for secret in secrets if secret.encode() in kept]


# ------------------------------------------------------------- other spellings


@pytest.mark.parametrize("verb", ["rotated", "revoked"])
def test_says_how_to_name_a_key_to_who_writes_it_as_seed_003(told, verb):
    seen = told[f"{verb}ByObject"]

    assert nodes.refusal(seen) == ("NotFoundError", 404)
    assert "%5Bobject%20Object%5D" in seen["wire"][0]["path"]
    assert "as two arguments" in seen["message"]


@pytest.mark.parametrize("member", ["key_id", "api_key_id"])
def test_rotates_by_the_older_route(told, member):
    before, after = nodes.answers(told, f"{member}:before", f"{member}:rotated")

    assert after["id"] == before["id"]
    assert told[f"{member}:newSecret"]["answer"]["allowed"] is True
    old = told[f"{member}:oldSecret"]
    assert nodes.refusal(old) == ("AuthenticationError", 401)


@pytest.mark.parametrize("member", ["key_id", "api_key_id"])
def test_revokes_by_the_older_route(told, member):
    assert told[f"{member}:revoked"]["answer"] == {}
    gone = told[f"{member}:revokedSecret"]
    assert nodes.refusal(gone) == ("AuthenticationError", 401)
    for again in ("revokedTwice", "rotatedRevoked"):
        assert nodes.refusal(told[f"{member}:{again}"]) == ("NotFoundError", 404)
