"""`GET /api-auth/organizations` and `GET /api-auth/users`."""

import pytest

from tests.apiauth.api.backend.tenancy import KINDS, tell
from tests.apiauth.api.bodies import assert_refused

pytestmark = pytest.mark.parametrize("kind", KINDS)


def listed(kind, answer):
    assert answer.status_code == 200, answer.content
    return [row["external_id"] for row in answer.json()[kind[0].rpartition("/")[2]]]


def test_lists_the_newest_first(ask, acme, kind):
    for name in ("t1", "t2", "t3"):
        tell(kind, acme.deployment, name, name=name.upper())

    answer = ask("GET", kind[0])

    assert listed(kind, answer) == ["t3", "t2", "t1"]
    place = {n: answer.json()[n] for n in ("total", "limit", "offset", "has_more")}
    assert place == {"total": 3, "limit": 50, "offset": 0, "has_more": False}
    row = answer.json()[kind[0].rpartition("/")[2]][0]
    assert row.items() >= {"name": "T3", "status": "active"}.items()
    assert row["deployment_id"] == str(acme.deployment.pk)
    assert row["created_at"].endswith("Z")
    assert "id" not in row


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("limit=1", ["t3"]),
        ("limit=2&offset=1", ["t2", "t1"]),
        ("offset=3", []),
    ],
)
def test_lists_a_stretch(ask, acme, kind, query, ids):
    for name in ("t1", "t2", "t3"):
        tell(kind, acme.deployment, name)

    answer = ask("GET", f"{kind[0]}?{query}")

    assert listed(kind, answer) == ids
    assert (answer.json()["total"], answer.json()["has_more"]) == (3, "t3" in ids)


@pytest.mark.parametrize("status", ["active", "suspended", "deleted"])
def test_lists_one_status(ask, acme, kind, status):
    for one in ("active", "suspended", "deleted"):
        tell(kind, acme.deployment, f"is-{one}", status=one)

    assert listed(kind, ask("GET", f"{kind[0]}?status={status}")) == [f"is-{status}"]


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        ("org_b", ["org_beta"]),
        ("ORG_", ["org_beta", "org_alpha"]),
        ("%25", ["100%"]),
        ("nothing", []),
        ("", ["100%", "org_beta", "org_alpha"]),
    ],
)
def test_finds_a_part_of_an_id(ask, acme, kind, search, ids):
    for name in ("org_alpha", "org_beta", "100%"):
        tell(kind, acme.deployment, name)

    assert listed(kind, ask("GET", f"{kind[0]}?search={search}")) == ids


def test_lists_none_of_another_tenant(ask, globex, kind):
    tell(kind, globex.deployment)

    answer = ask("GET", kind[0])

    assert listed(kind, answer) == []
    assert answer.json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999999", "offset"),
        ("status=gone", "status"),
        ("status=", "status"),
        ("search=a%00b", "search"),
        ("search=%E2%80%AE", "search"),
        ("search=" + "x" * 256, "search"),
    ],
)
def test_names_what_is_wrong(ask, kind, query, field):
    assert_refused(ask("GET", f"{kind[0]}?{query}"), field=field)


def test_takes_one_value_of_each(ask, kind):
    assert_refused(ask("GET", f"{kind[0]}?limit=1&limit=2"), field="limit")


def test_costs_few_queries(ask, acme, kind, django_assert_num_queries):
    for number in range(5):
        tell(kind, acme.deployment, f"t{number}")
    ask("GET", kind[0])

    # The backend key, what it is bound to; how many; the rows.
    with django_assert_num_queries(4):
        assert len(listed(kind, ask("GET", kind[0]))) == 5
