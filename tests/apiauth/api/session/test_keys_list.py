"""`GET /api-auth/keys`."""

import pytest
from django.utils import timezone

from apiauth import keys
from apiauth.models import Key, OwnerKind
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/keys"
EXPECTED = {
    "id",
    "deployment_id",
    "app_slug",
    "name",
    "key_prefix",
    "key_suffix",
    "permissions",
    "org_role_permissions",
    "workspace_role_permissions",
    "metadata",
    "is_active",
    "created_at",
    "updated_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "revoked_reason",
}


def names(answer):
    assert answer.status_code == 200, answer.json()
    return [key["name"] for key in answer.json()["data"]]


def revoke(issued):
    keys.revoke(key=issued.key, reason="", actor=make.ADA, now=timezone.now())


@pytest.fixture
def three(acme):
    """One active, one revoked, one paused key; in this order."""
    active, revoked, paused = (make.key(acme.app, name) for name in "ARP")
    revoke(revoked)
    Key.objects.filter(pk=paused.key.pk).update(disabled_at=timezone.now())
    return active


def test_lists_the_keys_newest_first(page, three, acme):
    answer = page.read(PATH)

    newest, *_, oldest = answer.json()["data"]
    assert names(answer) == ["P", "R", "A"]
    assert set(newest) >= EXPECTED
    assert oldest["id"] == str(three.key.pk)
    assert oldest["key_prefix"] == "acme_live"
    assert oldest["key_suffix"] == three.secret[-8:]
    assert (oldest["is_active"], newest["is_active"]) == (True, False)
    assert oldest["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["P", "R", "A"]),
        ("?", ["P", "R", "A"]),
        ("?status=", ["P", "R", "A"]),
        ("?status=all", ["P", "R", "A"]),
        ("?status=active", ["A"]),
        ("?status=revoked", ["P", "R"]),
        ("?include_inactive=false", ["A"]),
        ("?include_inactive=true", ["P", "R", "A"]),
        ("?status=active&include_inactive=true", ["A"]),
        ("?anything=else", ["P", "R", "A"]),
    ],
)
@pytest.mark.usefixtures("three")
def test_filters_as_the_hooks_do(page, query, expected):
    assert names(page.read(PATH + query)) == expected


def test_counts_an_expired_key_as_active(page, acme):
    expired = make.key(acme.app, "E", expires_at=make.soon(days=1))
    Key.objects.filter(pk=expired.key.pk).update(
        created_at=make.soon(days=-2), expires_at=make.soon(days=-1)
    )

    assert names(page.read(f"{PATH}?status=active")) == ["E"]


@pytest.mark.usefixtures("three")
def test_gives_parts_to_who_asks_for_them(page):
    first, second = (page.read(f"{PATH}?limit=2&offset={n}") for n in (0, 2))

    assert (names(first), first.json()["has_more"]) == (["P", "R"], True)
    assert (names(second), second.json()["has_more"]) == (["A"], False)
    assert second.json()["offset"] == 2


@pytest.mark.parametrize(
    ("query", "limit", "offset"),
    [("limit=0", 1, 0), ("limit=9999", 1000, 0), ("offset=-1", 1000, 0)],
)
def test_keeps_parts_within_bounds(page, query, limit, offset):
    answer = page.read(f"{PATH}?{query}").json()

    assert (answer["limit"], answer["offset"]) == (limit, offset)


def test_parts_have_a_total_order(page, acme):
    for number in range(5):
        make.key(acme.app, f"K{number}")
    Key.objects.update(created_at=timezone.now())

    parts = [page.read(f"{PATH}?limit=1&offset={n}") for n in range(5)]

    assert [name for part in parts for name in names(part)] == names(page.read(PATH))


def test_shows_only_the_owners_keys(page, acme):
    make.key(acme.app, "Mine")
    make.key(
        acme.app, "Theirs", owner=keys.Owner(kind=OwnerKind.ORGANIZATION, id="other")
    )
    make.key(make.app(acme.deployment, "aa_2"), "Elsewhere")

    assert names(page.read(PATH)) == ["Mine"]


def test_shows_nothing_of_another_tenant(globex_page, ci_key):
    assert names(globex_page.read(PATH)) == []


def test_needs_the_capability(open_page):
    answer = open_page(capabilities=["keys:create"]).read(PATH)

    assert_refused(answer, 403)


def test_needs_a_session(stranger, acme):
    assert_refused(stranger.read(PATH), 401)
    assert_refused(stranger.read(PATH, **acme.bearer), 401)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=ACTIVE", "status"),
        ("status=x", "status"),
        ("status=%00", "status"),
        ("limit=x", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%00", "limit"),
        ("offset=" + "9" * 5000, "offset"),
        ("include_inactive=perhaps", "include_inactive"),
    ],
)
def test_names_the_parameter_that_is_wrong(page, query, field):
    assert_refused(page.read(f"{PATH}?{query}"), field=field)


@pytest.mark.parametrize("query", ["offset=" + "9" * 30, "x=%00", "%00=1", "%ff=%fe"])
def test_stumbles_over_nothing(page, query):
    assert page.read(f"{PATH}?{query}").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_only_lists_and_creates(page, method):
    answer = page.ask(method, PATH)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("count", [1, 5])
def test_costs_few_queries(page, acme, django_assert_num_queries, count):
    for number in range(count):
        make.key(acme.app, f"K{number}")

    # The session; the ids; the keys with their roles; the mark of the sums, and the
    # time where there is none; secrets; uses.
    with django_assert_num_queries(7):
        page.read(PATH)


def test_tells_no_secret(page, ci_key):
    text = page.read(PATH).content.decode()

    assert ci_key.secret not in text
    assert "digest" not in text
    assert '"secret"' not in text
