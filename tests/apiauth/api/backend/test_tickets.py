"""`POST /session/tickets`."""

import time
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from apiauth import applications, tenants
from apiauth.models import AuditEvent, TenantStatus, Ticket
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/session/tickets"


def test_issues_a_ticket_with_an_address_to_open(issue, settings):
    answer = issue().json()

    assert set(answer) == {"ticket", "expires_at", "url"}
    assert isinstance(answer["expires_at"], int)
    assert 100 < answer["expires_at"] - time.time() < 122
    assert answer["url"] == (
        f"{settings.KEYPLATE_PUBLIC_URL}/vanity/api-auth?ticket={answer['ticket']}"
    )


def test_answers_as_the_contract_says(issue):
    response = issue()

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


def test_keeps_every_claim(issue):
    said = {
        "user_id": "u/1 ä",
        "user_label": "Ada 👩‍💻",
        "organization_id": "org_1",
        "organization_label": "Acme <Ltd>",
        "workspace_id": "ws",
        "capabilities": ["keys:read"],
        "grantable_permissions": ["reports:read"],
        "embed_origin": make.ORIGIN,
        "return_url": "https://app.acme.example/settings?tab=keys",
        "locale": "pt-BR",
        "theme": "dark",
    }

    assert issue(**said, auth_time=1_700_000_000, expires_in=10).status_code == 200

    assert Ticket.objects.values(*said).get() == said
    assert Ticket.objects.get().auth_time == datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.parametrize("seconds", [10, 11, 120, 600])
def test_takes_any_life_within_bounds(issue, seconds):
    left = issue(expires_in=seconds).json()["expires_at"] - time.time()

    assert seconds - 20 < left < seconds + 2


def test_ignores_members_of_other_tickets(issue):
    assert issue(actor_id="x", agent_ids=[1], deep={"a": [{}]}).status_code == 200


def test_takes_null_as_not_said(issue):
    members = ("expires_in", "user_id", "user_label", "capabilities", "auth_time")

    assert issue(**dict.fromkeys(members)).status_code == 200


def test_hides_the_apps_of_another_tenant(issue, globex):
    make.app(globex.deployment, "aa_globex")

    foreign, absent = (issue(api_auth_app_slug=s) for s in ("aa_globex", "aa_absent"))

    assert_refused(foreign, 404, field="api_auth_app_slug")
    assert foreign.content == absent.content


def test_hides_apps_beyond_the_keys_restriction(issue, acme):
    other = make.app(acme.deployment, "aa_2")
    minted = make.backend_key(acme.deployment, "tickets:issue", apps=[other])
    bearer = {"Authorization": f"Bearer {minted.secret}"}

    assert_refused(issue(bearer=bearer), 404, field="api_auth_app_slug")
    assert issue(bearer=bearer, api_auth_app_slug="aa_2").status_code == 200


def test_refuses_a_key_without_the_scope(issue, acme):
    minted = make.backend_key(acme.deployment, "keys:verify")

    response = issue(bearer={"Authorization": f"Bearer {minted.secret}"})

    assert_refused(response, 403)
    assert AuditEvent.objects.get(action="ticket.denied").after["code"] == "forbidden"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "bearer " + "x" * 9000],
)
def test_refuses_who_has_no_backend_key(issue, authorization):
    bearer = {} if authorization is None else {"Authorization": authorization}

    response = issue(bearer=bearer)

    assert_refused(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_takes_no_customers_key_and_no_cookie(issue, ci_key, ada, client):
    client.cookies["__Host-keyplate-binder"] = ada.binder

    for secret in (ci_key.secret, ada.token):
        assert_refused(issue(bearer={"Authorization": f"Bearer {secret}"}), 401)


def test_refuses_an_app_that_is_off(issue, acme):
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert_refused(issue(), 403)
    denied = AuditEvent.objects.get(action="ticket.denied")
    assert denied.after["code"] == "app_inactive"


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETED])
@pytest.mark.parametrize("member", ["organization_id", "user_id"])
def test_refuses_a_tenant_that_is_shut(issue, acme, status, member):
    shut = {"organization_id": tenants.set_organization, "user_id": tenants.set_user}
    shut[member](
        deployment=acme.deployment,
        external_id="t1",
        status=status,
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    assert_refused(issue(**{member: "t1"}), 403)
    denied = AuditEvent.objects.get(action="ticket.denied")
    assert (denied.after["code"], getattr(denied, member)) == ("tenant_suspended", "t1")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("capabilities", ["keys:destroy"]),
        ("grantable_permissions", ["reports:delete"]),
        ("grantable_permissions", ["reports:*"]),
        ("embed_origin", "https://evil.example"),
        ("embed_origin", "https://*.acme.example"),
    ],
)
def test_grants_nothing_beyond_the_app(issue, member, value):
    assert_refused(issue(**{member: value}), field=member)
    assert AuditEvent.objects.get(action="ticket.denied").after["field"] == member


def test_records_what_was_issued(issue, acme):
    issue(user_id="ada", organization_id="org_1")

    event = AuditEvent.objects.get(action="ticket.issued")
    assert (event.actor_kind, event.actor_id) == ("host", str(acme.backend_key.id))
    assert (event.user_id, event.organization_id) == ("ada", "org_1")
    assert event.request_id


def test_stores_no_clear_text(issue, acme):
    secret = issue(user_id="ada").json()["ticket"]

    stored = repr([*Ticket.objects.values(), *AuditEvent.objects.values()])
    assert secret not in stored
    assert acme.minted.secret not in stored


def test_costs_few_queries(issue, django_assert_max_num_queries):
    issue(user_id="ada")

    # The backend key; begin and end; the app, the clock, the person, the ticket;
    # the chain's row, read and written; the event.
    with django_assert_max_num_queries(14):
        issue(user_id="ada")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_takes_posts_alone(client, acme, method):
    response = getattr(client, method)(PATH, headers=acme.bearer)

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert method == "head" or response.json()["code"] == "method_not_allowed"


def test_has_no_trailing_slash(client, acme):
    response = bodies.post(client, f"{PATH}/", bodies.LEAST_TICKET, **acme.bearer)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
