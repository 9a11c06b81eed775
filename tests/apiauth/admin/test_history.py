"""The history: narrowed, verified, never changed."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from apiauth.models import AuditChain, AuditEvent
from tests import tables
from tests.apiauth.admin.conftest import staff, url


def _tamper(event: AuditEvent) -> None:
    """What only the database's owner can do."""
    undo, redo = tables.guards()
    tables.run(undo)
    AuditEvent.objects.filter(pk=event.pk).update(reason="forged")
    tables.run(redo)


@pytest.mark.parametrize(
    "query",
    [{"action_is": "key.created"}, {"actor_kind": "customer"}, {"channel": "portal"}],
)
def test_narrows_the_history(olga, ci_key, query):
    assert [event.action for event in _found(olga, query)] == ["key.created"]


def test_narrows_by_deployment_app_key_and_time(olga, acme, ci_key, globex):
    by_key = _found(olga, {"key_id": ci_key.key.pk})
    by_app = _found(olga, {"app_id": acme.app.pk})
    by_deployment = _found(olga, {"deployment_id": globex.deployment.pk})
    later = _found(olga, {"created_at__gte": "2999-01-01 00:00:00+00:00"})

    assert [event.action for event in by_key] == ["key.created"]
    assert {event.app_id for event in by_app} == {acme.app.pk}
    assert {event.deployment_id for event in by_deployment} == {globex.deployment.pk}
    assert later == []


def test_finds_what_is_known_of_a_backend_key(olga, acme):
    found = _found(olga, {"q": acme.backend_key.pk})

    assert [event.action for event in found] == ["backend_key.minted"]


def test_links_to_the_key_and_the_app(olga, shelf):
    page = olga.row("auditevent", shelf.rows["auditevent"]).text

    assert url("key", "change", shelf.issued.key.pk) in page
    assert url("apiauthapp", "change", shelf.rows["apiauthapp"].pk) in page


def test_verifies_the_chain_of_each_chosen_deployment(olga, acme, globex):
    event = AuditEvent.objects.filter(deployment_id=globex.deployment.pk).earliest(
        "sequence"
    )
    _tamper(event)
    chosen = [acme.deployment.pk, globex.deployment.pk]

    page = olga.post(reverse("admin:apiauth_verify"), {ACTION_CHECKBOX_NAME: chosen})

    assert f"broken at event {event.sequence}" in page.text
    assert "3 events, none changed" in page.text


def test_misses_a_history_of_which_nothing_is_left(olga, acme, unguarded):
    AuditEvent.objects.filter(deployment_id=acme.deployment.pk).delete()
    AuditChain.objects.filter(pk=acme.deployment.pk).delete()

    page = olga.post(
        reverse("admin:apiauth_verify"), {ACTION_CHECKBOX_NAME: [acme.deployment.pk]}
    )

    assert "broken at event 1" in page.text
    assert "none changed" not in page.text


def test_verifies_from_the_list_and_from_the_page(olga, acme):
    asked = {"action": "verify_chosen", "index": 0}

    page = olga.post(
        url("deployment", "changelist"),
        {**asked, ACTION_CHECKBOX_NAME: [acme.deployment.pk]},
    )

    assert "none changed" in page.text
    assert (
        reverse("admin:apiauth_verify") in olga.row("deployment", acme.deployment).text
    )


def test_verifies_nothing_when_nothing_is_chosen(olga, db):
    page = olga.post(reverse("admin:apiauth_verify"))

    assert "No deployment was chosen." in page.text


def test_verifies_for_those_who_may_read_it(acme):
    clerk = staff("cleo", "view_deployment")

    assert clerk.post(reverse("admin:apiauth_verify")).status_code == 403
    assert clerk.get(reverse("admin:apiauth_verify")).status_code == 405


def _found(operator, query) -> list[AuditEvent]:
    return list(operator.list("auditevent", **query).context["cl"].result_list)
