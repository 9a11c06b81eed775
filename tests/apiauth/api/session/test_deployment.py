"""`GET /deployment`."""

import base64

import pytest

from tests import make
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.api.session.page import Page

PATH = "/deployment"


def test_tells_what_hooks_need(stranger, acme, settings):
    answer = stranger.read(PATH)

    host = f"{settings.KEYPLATE_PUBLIC_URL}/d/{acme.deployment.pk}"
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {
            "id": str(acme.deployment.pk),
            "mode": "production",
            "backend_host": host,
            "frontend_host": host,
            "publishable_key": f"pk_live_{base64.b64encode(host.encode()).decode()}",
            "ui_settings": {"app_name": "Acme"},
            "b2b_settings": {},
            "auth_settings": {},
            "restrictions": {},
            "social_connections": [],
        }
    }


def test_is_where_the_publishable_key_leads(client, staging, settings):
    answer = Page(staging.deployment).read(PATH).json()["data"]

    kind, mode, encoded = answer["publishable_key"].split("_")
    address = base64.b64decode(encoded).decode()
    assert (kind, mode, answer["mode"]) == ("pk", "test", "staging")
    path = address.removeprefix(settings.KEYPLATE_PUBLIC_URL)
    assert client.get(path + PATH).json()["data"] == answer


def test_needs_no_session_and_no_origin(client, acme):
    answer = client.get(f"/d/{acme.deployment.pk}{PATH}")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_works_at_the_root_for_the_only_deployment(client, acme):
    answer = client.get(PATH)

    assert answer.json()["data"]["id"] == str(acme.deployment.pk)


@pytest.mark.usefixtures("acme", "globex")
def test_tells_the_address_where_there_are_several(client, settings):
    answer = client.get(PATH)

    assert_refused(answer, 400)
    wanted = f"{settings.KEYPLATE_PUBLIC_URL}/d/<deployment id>"
    assert wanted in answer.json()["message"]


@pytest.mark.parametrize(
    "address",
    [
        "/deployment",
        "/d/00000000-0000-4000-8000-000000000000/deployment",
        "/d/%00/deployment",
        "/d/1/deployment",
        "/d//deployment",
    ],
)
def test_knows_no_other_deployment(client, db, address):
    assert_refused(client.get(address), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_only_reads(stranger, method):
    answer = stranger.ask(method, PATH)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_costs_one_query(stranger, django_assert_num_queries):
    # The deployment. The page's origin costs two more: it again, and its apps.
    with django_assert_num_queries(3):
        stranger.read(PATH)


def test_tells_nothing_of_the_operators(stranger, acme):
    make.app(acme.deployment, "aa_hidden", embed_origins=["https://secret.example"])

    text = stranger.read(PATH).content.decode()

    assert "aa_" not in text
    assert "embed" not in text
    assert make.ORIGIN not in text
