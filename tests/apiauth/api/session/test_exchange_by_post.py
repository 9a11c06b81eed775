"""`POST /session/ticket/exchange`: the ticket in the body, the token if wanted."""

import pytest

from apiauth.http import transports
from apiauth.models import PortalSession, Ticket
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.api.session.page import FORM, Page

PATH = "/session/ticket/exchange"


def unspent():
    return Ticket.objects.filter(redeemed_at__isnull=True).exists()


def test_gives_the_token_to_who_asks_for_it(stranger, ticket):
    answer = stranger.post_json(PATH, {"ticket": ticket(), "token": True})

    token = answer.json()["data"]["token"]
    assert not answer.cookies
    assert transports.DEVELOPMENT_HEADER not in answer.headers
    session = stranger.read("/api-auth/session", **{transports.TOKEN_HEADER: token})
    assert session.status_code == 200


@pytest.mark.parametrize("members", [{}, {"token": False}])
def test_gives_a_cookie_to_who_does_not(stranger, ticket, members):
    answer = stranger.post_json(PATH, {"ticket": ticket(), **members})

    assert "token" not in answer.json()["data"]
    assert list(answer.cookies) == [transports.SESSION_COOKIE]


def test_gives_the_token_in_staging_too(staging, ticket):
    members = {"ticket": ticket(staging), "token": True}

    answer = Page(staging.deployment).post_json(PATH, members)

    assert answer.json()["data"]["token"].startswith("aps_")
    assert transports.DEVELOPMENT_HEADER not in answer.headers


def test_spends_a_ticket_once(stranger, ticket):
    secret = ticket()
    stranger.post_json(PATH, {"ticket": secret, "token": True})

    assert_refused(stranger.post_json(PATH, {"ticket": secret, "token": True}), 401)
    assert PortalSession.objects.count() == 1


def test_gives_no_token_where_the_app_insists_on_a_cookie(stranger, ticket, acme):
    type(acme.app).objects.update(require_bound_session=True)

    assert_refused(stranger.post_json(PATH, {"ticket": ticket(), "token": True}), 403)
    assert unspent()


def test_knows_no_ticket_of_another_deployment(stranger, globex, ticket):
    assert_refused(stranger.post_json(PATH, {"ticket": ticket(globex)}), 401)
    assert unspent()


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_refuses_a_page_of_another_origin(acme, ticket, origin):
    page = Page(acme.deployment, origin=origin)

    assert_refused(page.post_json(PATH, {"ticket": ticket(), "token": True}), 403)
    assert unspent()


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(stranger, body):
    assert_refused(stranger.ask("POST", PATH, body, "application/json"))


def test_takes_json_alone(stranger, ticket):
    assert_refused(stranger.ask("POST", PATH, f"ticket={ticket()}", FORM), 415)
    assert unspent()


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({}, "ticket"),
        ({"ticket": None}, "ticket"),
        ({"ticket": 7}, "ticket"),
        ({"ticket": "apt.x", "token": "yes"}, "token"),
        ({"ticket": "apt.x", "token": 1}, "token"),
    ],
)
def test_names_the_member_that_is_wrong(stranger, members, field):
    assert_refused(stranger.post_json(PATH, members), field=field)


@pytest.mark.parametrize("hostile", bodies.HOSTILE_TEXTS)
def test_takes_hostile_texts_for_what_they_are(stranger, hostile):
    assert_refused(stranger.post_json(PATH, {"ticket": hostile}), 401)


def test_is_for_scripts_alone(stranger, ticket):
    members = {"ticket": ticket()}

    answer = stranger.post_json(PATH, members, **{"Sec-Fetch-Mode": "navigate"})

    assert_refused(answer, 403)
    assert unspent()


def test_needs_no_backend_key_and_takes_none(client, acme):
    answer = bodies.post(client, PATH, {"ticket": acme.minted.secret}, **acme.bearer)

    assert_refused(answer, 401)
    assert acme.minted.secret not in answer.content.decode()


def test_binds_no_token_to_a_cookie_of_before(page, ticket):
    page.take_token(ticket(user_id="ben"))
    page.cookies.clear()

    answer = page.read("/api-auth/session")

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == make.ORIGIN
