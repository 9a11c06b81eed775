"""`GET /api-auth/session`."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from apiauth import applications, keys, tenants
from apiauth.models import OwnerKind, PortalSession, RateLimitScheme, TenantStatus
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/session"
ABSENT = timedelta(minutes=31)


def test_tells_whose_session_it_is(page, acme):
    answer = page.read(PATH)

    session = PortalSession.objects.get()
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert set(data) == {
        "session_id",
        "api_auth_app",
        "expires_at",
        "capabilities",
        "grantable_permissions",
    }
    assert data["session_id"] == str(session.pk)
    assert datetime.fromisoformat(data["expires_at"]) > timezone.now()
    assert data["grantable_permissions"] == list(make.PERMISSIONS)


def test_shows_the_app_as_its_customers_may_see_it(page, acme):
    app = page.read(PATH).json()["data"]["api_auth_app"]

    assert app == {
        "id": str(acme.app.pk),
        "app_slug": "aa_1",
        "name": "Acme API",
        "key_prefix": "acme_live",
        "is_active": True,
        "rate_limits": [],
    }


def test_shows_a_description_and_limits_where_there_are(page, acme):
    rule = {"unit": "minute", "duration": 1, "max_requests": 60, "mode": "per_key"}
    moment = {"created_at": timezone.now(), "updated_at": timezone.now()}
    scheme = RateLimitScheme.objects.create(
        deployment=acme.deployment, slug="s", name="S", rules=[rule], **moment
    )
    type(acme.app).objects.update(rate_limit_scheme=scheme, description="For you")

    app = page.read(PATH).json()["data"]["api_auth_app"]

    assert app["description"] == "For you"
    assert app["rate_limits"] == [{**rule, "priority": 0}]


def test_tells_what_it_may_do(open_page, acme):
    claims = {"capabilities": ["keys:create", "keys:read", "logs:read"]}
    page = open_page(**claims, grantable_permissions=["reports:read"])
    type(acme.app).objects.update(capabilities=["keys:create", "keys:read"])

    data = page.read(PATH).json()["data"]

    assert data["capabilities"] == ["keys:create", "keys:read"]
    assert data["grantable_permissions"] == ["reports:read"]


def test_needs_no_capability(open_page):
    assert open_page(capabilities=[]).read(PATH).status_code == 200


def test_is_401_without_a_session(stranger):
    answer = stranger.read(PATH)

    assert_refused(answer, 401)
    assert answer.json()["code"] == "session_required"


def test_takes_no_bearer_for_a_session(stranger, acme, ci_key, ada):
    for secret in (acme.minted.secret, ci_key.secret, ada.token):
        answer = stranger.read(PATH, Authorization=f"Bearer {secret}")
        assert_refused(answer, 401)


def test_is_no_credential_for_host_backends(page, ticket, client):
    token = page.take_token(ticket())

    for path in ("/session/tickets", "/api-auth/apps"):
        answer = page.generic("POST", path, "{}", headers=page.said)
        assert answer.status_code in {401, 404}
    answer = client.post(
        "/session/tickets", headers={"Authorization": f"Bearer {token}"}
    )
    assert_refused(answer, 401)


def test_knows_no_session_of_another_deployment(page, globex, stranger):
    page.place = f"/d/{globex.deployment.pk}"

    foreign, absent = page.read(PATH), stranger.read(PATH)

    assert_refused(foreign, 401)
    assert foreign.content == absent.content


def test_says_why_a_session_ended(page):
    PortalSession.objects.update(last_seen_at=F("last_seen_at") - ABSENT)

    answer = page.read(PATH)

    assert_refused(answer, 401)
    assert answer.json()["code"] == "session_ended"


@pytest.mark.parametrize("verb", [applications.deactivate, applications.delete])
def test_ends_with_its_app(page, acme, verb):
    verb(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    answer = page.read(PATH)

    assert_refused(answer, 403)
    assert answer.json()["code"] == "app_inactive"


def test_ends_with_its_tenant(page, acme):
    tenants.set_user(
        deployment=acme.deployment,
        external_id="ada",
        status=TenantStatus.SUSPENDED,
        actor=make.HOST,
        now=timezone.now(),
    )

    assert page.read(PATH).json()["code"] == "tenant_suspended"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "POST"])
def test_only_reads_and_ends(page, method):
    answer = page.ask(method, PATH)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "DELETE"}


def test_costs_one_query(page, django_assert_num_queries):
    # The session with its app, deployment and ticket; it was touched just now.
    with django_assert_num_queries(1):
        page.read(PATH)


def test_tells_no_secret(page):
    make.key(PortalSession.objects.get().app, owner=keys.Owner(kind=OwnerKind.APP))

    assert "aps_" not in page.read(PATH).content.decode()
