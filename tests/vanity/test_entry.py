"""GET and POST /vanity/api-auth: a ticket becomes a session and a finished page."""

import pytest
from django.test import Client

from apiauth import applications, tenants
from apiauth.http import transports
from apiauth.models import AuditEvent, PortalSession, TenantStatus, Ticket
from config.logs import JsonFormatter
from tests import make

ENTRY = "/vanity/api-auth"
FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def ticket(acme) -> str:
    return make.ticket(
        acme.backend_key,
        user_id="ada",
        user_label="Ada",
        organization_id="acme-ltd",
        organization_label="Acme Ltd",
        return_url="https://app.acme.example/settings",
    ).secret


def load(browser: Client, secret: str, **headers: str):
    return browser.get(ENTRY, {"ticket": secret}, headers={**FRAMED, **headers})


def state_of(response) -> str:
    page = response.content.decode()
    assert 'data-screen="G"' in page
    return page.partition('data-state="')[2].partition('"')[0]


def test_answers_a_framed_load_with_the_finished_page(client, ticket):
    response = load(client, ticket)

    page = response.content.decode()
    assert response.status_code == 200
    assert 'data-screen="S2"' in page
    assert '<meta name="portal-token" content="aps_' in page
    assert "Keys of <strong>Acme Ltd</strong>" in page
    assert "Ada" in page


def test_sets_only_the_binder_cookie(client, ticket):
    response = load(client, ticket)

    assert list(response.cookies) == [transports.BINDER_COOKIE]
    cookie = response.cookies[transports.BINDER_COOKIE].OutputString()
    for attribute in ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"):
        assert attribute in cookie
    assert response.cookies[transports.BINDER_COOKIE].value not in (
        response.content.decode()
    )


def test_leads_the_same_browser_back_to_the_same_session(client, ticket):
    load(client, ticket)

    response = load(client, ticket)

    assert response.status_code == 200
    assert PortalSession.objects.count() == 1


def test_refuses_a_used_ticket_in_another_browser(client, ticket):
    load(client, ticket)

    response = load(Client(), ticket)

    assert (response.status_code, state_of(response)) == (401, "G3")
    assert make.ORIGIN in response.headers["Content-Security-Policy"]
    assert AuditEvent.objects.filter(action="ticket.replayed").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Dest": ""},
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ],
)
def test_shows_a_button_instead_of_redeeming(client, ticket, headers):
    response = load(client, ticket, **headers)

    assert response.status_code == 200
    assert 'data-screen="I"' in response.content.decode()
    assert not response.cookies
    assert not Ticket.objects.filter(redeemed_at__isnull=False).exists()


def test_changes_nothing_on_head(client, ticket):
    response = client.head(ENTRY, {"ticket": ticket}, headers=FRAMED)

    assert response.status_code == 200
    assert not response.content
    assert not PortalSession.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_takes_no_other_method(client, ticket, method):
    response = getattr(client, method)(f"{ENTRY}?ticket={ticket}", headers=FRAMED)

    assert response.status_code == 405
    assert response.content.decode().endswith(".")
    assert not PortalSession.objects.exists()


def test_redeems_when_the_button_is_pressed(client, ticket):
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}

    response = client.post(ENTRY, {"ticket": ticket}, headers=own)

    assert response.status_code == 200
    assert 'data-screen="S2"' in response.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_refuses_a_button_of_another_site(client, ticket, headers):
    response = client.post(ENTRY, {"ticket": ticket}, headers=headers)

    assert response.status_code == 403
    assert not PortalSession.objects.exists()


def test_says_where_to_begin_without_a_ticket(client, db):
    response = client.get(ENTRY, headers=FRAMED)

    assert (response.status_code, state_of(response)) == (401, "G1")


@pytest.mark.parametrize("secret", ["", "nonsense", "apt.x.y", "x" * 5000])
def test_refuses_what_nobody_issued(client, db, secret):
    response = load(client, secret)

    assert (response.status_code, state_of(response)) == (401, "G3")
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_refuses_two_tickets_at_once(client, ticket):
    response = client.get(f"{ENTRY}?ticket={ticket}&ticket={ticket}", headers=FRAMED)

    assert (response.status_code, state_of(response)) == (401, "G3")


def test_refuses_a_stale_ticket(client, ticket, db):
    Ticket.objects.update(
        created_at=make.soon(hours=-2), expires_at=make.soon(hours=-1)
    )

    response = load(client, ticket)

    assert (response.status_code, state_of(response)) == (401, "G3")


def test_says_that_management_is_off_for_an_inactive_app(client, ticket, acme):
    applications.deactivate(
        app=acme.app, actor=make.OPERATOR, now=make.soon(), reason="test"
    )

    response = load(client, ticket)

    assert (response.status_code, state_of(response)) == (403, "G5")


def test_says_that_management_is_off_for_a_suspended_tenant(client, ticket, acme):
    tenants.set_organization(
        deployment=acme.deployment,
        external_id="acme-ltd",
        status=TenantStatus.SUSPENDED,
        actor=make.OPERATOR,
        now=make.soon(),
        reason="test",
    )

    response = load(client, ticket)

    assert (response.status_code, state_of(response)) == (403, "G5")


def test_says_who_can_help_when_the_ticket_allows_nothing(client, acme):
    secret = make.ticket(acme.backend_key, user_id="eve", capabilities=[]).secret

    response = load(client, secret)

    assert (response.status_code, state_of(response)) == (403, "G4")


def test_goes_on_without_leaving_the_page(client, ada, acme):
    same = {"user_id": "ada", "organization_id": "acme-ltd"}
    secret = make.ticket(acme.backend_key, **same).secret
    form = {"ticket": secret, "previous": str(ada.session.pk)}

    response = client.post(ENTRY, form, headers={"Accept": "application/json"})

    facts = response.json()
    assert response.status_code == 200
    assert facts["token"].startswith("aps_")
    assert facts["locator"] != str(ada.session.pk)
    assert facts["seconds_left"] > 0


@pytest.mark.parametrize("previous", ["own", "not-an-id", "unknown"])
def test_leaves_the_ticket_of_somebody_else_unspent(client, ada, acme, previous):
    secret = make.ticket(acme.backend_key, user_id="ben").secret
    unknown = "00000000-0000-4000-8000-000000000000"
    locator = {"own": str(ada.session.pk), "unknown": unknown}.get(previous, previous)

    response = client.post(
        ENTRY,
        {"ticket": secret, "previous": locator},
        headers={"Accept": "application/json"},
    )

    assert response.status_code == 403
    assert response.json()["code"] == "forbidden"
    assert PortalSession.objects.count() == 1


def test_writes_its_audit_event(client, ticket):
    load(client, ticket)

    event = AuditEvent.objects.filter(action="session.opened").get()
    assert event.actor_label == "Ada"
    assert ticket not in str(event.after)


def test_logs_no_ticket(client, ticket, caplog):
    with caplog.at_level("DEBUG"):
        load(client, ticket)

    said = " ".join(JsonFormatter().format(record) for record in caplog.records)
    assert "keyplate.request" in said
    assert ticket not in said
