"""`GET /api-auth/organizations/{external_id}`, the same for users; ids in addresses."""

import pytest

from apiauth.models import EndUser, Organization
from tests.apiauth.api.backend.tenancy import IDS, KINDS, NO_IDS, at, tell
from tests.apiauth.api.bodies import assert_refused

pytestmark = pytest.mark.parametrize("kind", KINDS)


@pytest.mark.parametrize("status", ["active", "suspended", "deleted"])
def test_shows_one_whatever_its_status(ask, acme, kind, status):
    tell(kind, acme.deployment, name="First", status=status)

    answer = ask("GET", at(kind[0], "t1")).json()

    assert {n: answer[n] for n in ("external_id", "name", "status")} == {
        "external_id": "t1",
        "name": "First",
        "status": status,
    }


def test_hides_those_of_another_tenant(ask, globex, kind):
    tell(kind, globex.deployment)

    foreign, absent = (ask("GET", at(kind[0], one)) for one in ("t1", "absent"))

    assert_refused(foreign, 404)
    assert foreign.content == absent.content


@pytest.mark.parametrize("external_id", IDS)
def test_takes_ids_as_hosts_have_them(ask, kind, external_id):
    told = ask("PUT", at(kind[0], external_id), {"name": "Name"})
    shown = ask("GET", at(kind[0], external_id))

    assert told.status_code == shown.status_code == 200, told.content
    assert shown.json()["external_id"] == external_id
    assert kind[1].objects.get().external_id == external_id


def test_finds_an_id_in_another_form_of_unicode(ask, acme, kind):
    tell(kind, acme.deployment, "é")

    assert ask("GET", at(kind[0], "e\u0301")).json()["external_id"] == "é"


@pytest.mark.parametrize("external_id", NO_IDS)
@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/suspend")],
)
def test_names_what_can_be_no_id(ask, kind, method, rest, external_id):
    answer = ask(method, at(kind[0], external_id, rest), b"{}")

    assert_refused(answer, field="external_id")
    assert not kind[1].objects.exists()


@pytest.mark.parametrize(
    "rest",
    [
        "/",
        "/%2F",
        "//x",
        "/x/",
        "/x%2F",
        "/x%0Ay",
        "/%0A",
        "/%EF%BF%BD",
        "/x%EF%BF%BDy",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_leaves_other_addresses_alone(ask, kind, rest, method):
    answer = ask(method, f"{kind[0]}{rest}", {})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not kind[1].objects.exists()


@pytest.mark.parametrize("external_id", ["x/suspend", "x/resume/y", "x/suspend/y"])
def test_takes_no_verb_for_a_part_of_an_id(ask, kind, external_id):
    answer = ask("PUT", at(kind[0], external_id), {})

    assert answer.status_code in {404, 405}
    assert not Organization.objects.exists()
    assert not EndUser.objects.exists()


def test_costs_few_queries(ask, acme, kind, django_assert_num_queries):
    tell(kind, acme.deployment)
    ask("GET", at(kind[0], "t1"))

    with django_assert_num_queries(3):  # the backend key, what it is bound to; the row
        ask("GET", at(kind[0], "t1"))
