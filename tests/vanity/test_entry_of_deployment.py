"""GET and POST /d/{deployment_id}/vanity/api-auth: the desk at its deployment's place."""

import pytest
from django.test import Client

from apiauth.http import transports
from apiauth.models import AuditEvent, Ticket
from tests import make

FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def secret(acme) -> str:
    return make.ticket(acme.backend_key, user_id="ada", organization_id="a").secret


def entry(tenant) -> str:
    return f"/d/{tenant.deployment.pk}/vanity/api-auth"


def unspent():
    return Ticket.objects.filter(redeemed_at__isnull=True).exists()


def test_answers_a_framed_load_as_the_root_does(client, acme, secret):
    response = client.get(entry(acme), {"ticket": secret}, headers=FRAMED)

    page = response.content.decode()
    assert response.status_code == 200
    assert 'data-screen="S2"' in page
    assert 'content="/vanity/api-auth"' in page
    assert list(response.cookies) == [transports.BINDER_COOKIE]
    ancestors = response.headers["Content-Security-Policy"]
    assert f"frame-ancestors {make.ORIGIN}" in ancestors
    assert "X-Frame-Options" not in response.headers


def test_shows_a_button_to_a_visit_of_its_own(client, acme, secret):
    response = client.get(entry(acme), {"ticket": secret})

    assert 'data-screen="I"' in response.content.decode()
    assert unspent()
    pressed = client.post(entry(acme), {"ticket": secret})
    assert pressed.status_code == 200
    assert not unspent()


@pytest.mark.parametrize(
    ("method", "said"), [("get", FRAMED), ("get", {}), ("post", {})]
)
def test_knows_no_ticket_of_another_deployment(client, globex, secret, method, said):
    ask = getattr(client, method)

    foreign = ask(entry(globex), {"ticket": secret}, headers=said)
    absent = ask(entry(globex), {"ticket": "apt.x"}, headers=said)

    assert foreign.status_code == absent.status_code == 401
    assert 'data-state="G3"' in foreign.content.decode()
    for answer in (foreign, absent):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert unspent()
    assert not AuditEvent.objects.filter(action="ticket.replayed").exists()


def test_changes_nothing_for_a_look_at_its_head(client, acme, secret):
    assert client.head(entry(acme), {"ticket": secret}).status_code == 200
    assert unspent()


@pytest.mark.parametrize(
    "path",
    ["/d/{id}/vanity/nowhere", "/d/{id}/vanity/api-auth/s/x", "/d/x/vanity/api-auth"],
)
def test_speaks_to_people_where_nothing_is(acme, path):
    response = Client().get(path.format(id=acme.deployment.pk))

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert 'data-screen="G"' in response.content.decode()
