"""`GET /session/ticket/exchange`."""

from datetime import datetime

import pytest
from django.utils import timezone

from apiauth import applications, tenants
from apiauth.http import transports
from apiauth.models import AuditEvent, PortalSession, TenantStatus, Ticket
from tests import make
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.api.session.page import Page

PATH = "/session/ticket/exchange"


def unspent():
    return Ticket.objects.filter(redeemed_at__isnull=True).exists()


def test_opens_a_session(stranger, ticket, acme):
    answer = stranger.exchange(ticket())

    session = PortalSession.objects.get()
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["success"], data["session_id"]) == (True, str(session.pk))
    assert datetime.fromisoformat(data["expires_at"]) > timezone.now()
    assert data["expires_at"].endswith("Z")
    assert data["api_auth_app"]["app_slug"] == acme.app.app_slug
    assert "token" not in data


def test_leaves_a_cookie_in_production(stranger, ticket):
    answer = stranger.exchange(ticket())

    assert list(answer.cookies) == [transports.SESSION_COOKIE]
    cookie = answer.cookies[transports.SESSION_COOKIE]
    text = cookie.OutputString()
    for attribute in ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"):
        assert attribute in text
    assert "Domain" not in text
    assert cookie["max-age"] == 8 * 3600
    assert cookie.value not in answer.content.decode()
    assert transports.DEVELOPMENT_HEADER not in answer.headers


def test_gives_a_token_for_addresses_in_staging(staging, ticket):
    answer = Page(staging.deployment).exchange(ticket(staging))

    assert not answer.cookies
    token = answer.headers[transports.DEVELOPMENT_HEADER]
    assert token.startswith("aps_")
    assert token not in answer.content.decode()


def test_spends_a_ticket_once(stranger, ticket, acme):
    secret = ticket()
    assert stranger.exchange(secret).status_code == 200

    for page in (stranger, Page(acme.deployment)):
        again = page.exchange(secret)
        assert_refused(again, 401)
        assert again.json()["code"] == "ticket_invalid"
        assert not again.cookies
    assert PortalSession.objects.count() == 1
    assert AuditEvent.objects.filter(action="ticket.replayed").count() == 2


def test_knows_no_ticket_of_another_deployment(stranger, globex, ticket):
    foreign = stranger.exchange(ticket(globex))
    absent = stranger.exchange("apt.x.y")

    assert_refused(foreign, 401)
    assert foreign.content == absent.content
    assert unspent()
    assert not AuditEvent.objects.filter(action="ticket.replayed").exists()


def test_refuses_a_ticket_that_is_stale(stranger, ticket):
    secret = ticket()
    Ticket.objects.update(
        created_at=make.soon(minutes=-9), expires_at=make.soon(minutes=-8)
    )

    assert_refused(stranger.exchange(secret), 401)


@pytest.mark.parametrize(
    "secret",
    ["", "%00", "%ff", "apt.", "apt." + "x" * 600, "a%E2%80%AEb", "acme_live_x"],
)
def test_refuses_what_is_no_ticket(stranger, secret):
    answer = stranger.exchange(secret)

    assert_refused(answer, 401)


def test_wants_a_ticket(stranger):
    assert_refused(stranger.read(PATH), 400, field="ticket")
    assert_refused(stranger.read(f"{PATH}?ticket=a&ticket=b"), 400, field="ticket")


@pytest.mark.parametrize(
    "said",
    [
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ],
)
def test_is_for_scripts_alone(stranger, ticket, said):
    assert_refused(stranger.exchange(ticket(), **said), 403)
    assert unspent()


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_spends_nothing_by_another_method(stranger, ticket, method):
    answer = stranger.ask(method, f"{PATH}?ticket={ticket()}")

    assert answer.status_code == 405
    assert unspent()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://app.acme.example.evil.example"]
)
def test_refuses_a_page_of_another_origin(acme, ticket, origin):
    answer = Page(acme.deployment, origin=origin).exchange(ticket())

    assert_refused(answer, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert unspent()


def test_refuses_a_page_that_the_ticket_does_not_name(acme, ticket):
    other = "https://other.acme.example"
    make.app(acme.deployment, "aa_2", embed_origins=[make.ORIGIN, other])
    secret = ticket(app_slug="aa_2", embed_origin=other)

    assert_refused(Page(acme.deployment).exchange(secret), 403)
    assert Page(acme.deployment, origin=other).exchange(secret).status_code == 200


@pytest.mark.parametrize("origin", [None, "own"])
def test_admits_our_own_pages_and_other_clients(acme, ticket, settings, origin):
    own = settings.KEYPLATE_PUBLIC_URL if origin else None

    assert Page(acme.deployment, origin=own).exchange(ticket()).status_code == 200


def test_refuses_an_app_that_is_off(stranger, ticket, acme):
    secret = ticket()
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    answer = stranger.exchange(secret)

    assert_refused(answer, 403)
    assert answer.json()["code"] == "app_inactive"
    assert unspent()


def test_refuses_a_tenant_that_is_shut(stranger, ticket, acme):
    secret = ticket()
    tenants.set_organization(
        deployment=acme.deployment,
        external_id="acme-ltd",
        status=TenantStatus.SUSPENDED,
        actor=make.HOST,
        now=timezone.now(),
    )

    assert stranger.exchange(secret).json()["code"] == "tenant_suspended"


def test_binds_where_the_app_insists(acme, staging, ticket):
    for tenant in (acme, staging):
        type(tenant.app).objects.filter(pk=tenant.app.pk).update(
            require_bound_session=True
        )

    page = Page(acme.deployment)
    assert page.exchange(ticket()).status_code == 200
    assert page.read("/api-auth/session").status_code == 200
    assert_refused(Page(staging.deployment).exchange(ticket(staging)), 403)


def test_records_who_came_in(stranger, ticket):
    session_id = stranger.exchange(ticket()).json()["data"]["session_id"]

    event = AuditEvent.objects.get(action="session.opened")
    assert (event.actor_kind, event.actor_id, event.channel) == (
        "customer",
        "ada",
        "api",
    )
    assert event.after["session_id"] == session_id


def test_writes_no_secret_down(stranger, ticket, caplog):
    secret = ticket()
    answer = stranger.exchange(secret)

    token = answer.cookies[transports.SESSION_COOKIE].value
    stored = repr([*PortalSession.objects.values(), *AuditEvent.objects.values()])
    for hidden in (secret, token):
        assert hidden not in stored
        assert hidden not in caplog.text


def test_costs_few_queries(stranger, ticket, django_assert_num_queries):
    secret = ticket()

    # Who asks; begin; the claim, the ticket, the organization, the person; the clock,
    # the session, the token; the chain (made, read), the event, the chain written;
    # commit.
    with django_assert_num_queries(14):
        stranger.exchange(secret)
