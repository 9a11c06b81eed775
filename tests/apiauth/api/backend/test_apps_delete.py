"""`DELETE /api-auth/apps/{app_slug}`."""

from apiauth import gateway
from apiauth.models import ApiAuthApp, AuditEvent, PortalSession
from tests import make
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/apps/aa_1"


def test_deletes_once_for_good(ask):
    first, second = ask("DELETE", PATH), ask("DELETE", PATH)

    assert (first.status_code, first.json()) == (200, {})
    assert_refused(second, 404, field="app_slug")
    assert ApiAuthApp.objects.get().deleted_at is not None


def test_afterwards_nothing_is_there(ask):
    ask("DELETE", PATH)

    assert_refused(ask("GET", PATH), 404, field="app_slug")
    assert_refused(ask("PATCH", PATH, {"is_active": True}), 404, field="app_slug")
    assert_refused(ask("GET", "/api-auth/apps/Acme%20API"), 404, field="app_slug")
    assert ask("GET", "/api-auth/apps?include_inactive=true").json()["apps"] == []


def test_ends_its_keys_and_sessions_at_once(ask, ci_key, portal):
    assert portal.get(portal.path("/keys")).status_code == 200

    ask("DELETE", PATH)

    question = gateway.ask(secret=ci_key.secret, method="GET", resource="/reports")
    assert gateway.check(question).code == "app_inactive"
    assert portal.get(portal.path("/keys")).status_code == 403
    assert PortalSession.objects.get().ended_reason == "host"


def test_leaves_the_slug_to_a_new_app(ask):
    ask("DELETE", PATH)

    response = ask("POST", "/api-auth/apps", {"app_slug": "aa_1", "name": "Anew"})

    assert response.status_code == 200
    assert ask("GET", PATH).json()["name"] == "Anew"


def test_leaves_other_apps_alone(ask, acme, globex, mallory):
    make.app(acme.deployment, "aa_2")

    ask("DELETE", PATH)

    left = ApiAuthApp.objects.present().values_list("deployment__slug", "app_slug")
    assert set(left) == {("acme", "aa_2"), ("globex", "aa_1")}
    assert PortalSession.objects.get().ended_at is None


def test_records_what_went(ask, acme, ada):
    ask("DELETE", PATH)

    event = AuditEvent.objects.get(action="app.deleted")
    assert event.app_id == acme.app.pk
    assert event.after == {
        "app_slug": "aa_1",
        "name": "Acme API",
        "sessions_ended": 1,
    }


def test_costs_few_queries(ask, ada, django_assert_num_queries):
    # The backend key, and its use; the app; begin and end; the app ended; the moment,
    # its sessions, locked and ended; for each of the two events the chain's row, made,
    # read and written, and the event.
    with django_assert_num_queries(17):
        ask("DELETE", PATH)
