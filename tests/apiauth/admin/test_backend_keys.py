"""Minting a backend key on its page."""

import logging
import uuid

from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.cache import cache

from apiauth import backend_keys
from apiauth.models import AuditEvent, BackendKey
from tests import make
from tests.apiauth.admin.conftest import staff, url

MINT = "/admin/apiauth/backendkey/mint/"


def _wanted(acme, **more: object) -> dict[str, object]:
    return {
        "deployment": acme.deployment.pk,
        "name": "Checkout",
        "scopes": ["keys:verify"],
        "apps": [acme.app.pk],
        "expires_at": "2040-01-01T10:00",
        "key_id": uuid.uuid4(),
        **more,
    }


def test_shows_the_secret_once_and_works_with_it(olga, acme):
    page = olga.post(MINT, _wanted(acme))

    key = backend_keys.authenticate(page.context["secret"])
    assert page.text.count(page.context["secret"]) == 1
    assert "no-store" in page.headers["Cache-Control"]
    assert (key.name, key.scopes) == ("Checkout", ["keys:verify"])
    assert [app.app_slug for app in key.apps.all()] == ["aa_1"]
    assert key.expires_at.isoformat() == "2040-01-01T10:00:00+00:00"


def test_keeps_the_secret_nowhere(olga, acme, caplog):
    with caplog.at_level(logging.DEBUG):
        page = olga.post(MINT, _wanted(acme))
    secret = page.context["secret"]

    later = olga.row("backendkey", page.context["row"]).text + olga.list("key").text

    assert secret not in later
    assert secret not in caplog.text
    assert not list(get_messages(page.wsgi_request))
    assert secret not in str([s.get_decoded() for s in Session.objects.all()])
    assert secret not in str(list(AuditEvent.objects.values()))


def test_records_who_minted_it(olga, acme):
    olga.post(MINT, _wanted(acme))

    event = AuditEvent.objects.filter(action="backend_key.minted").latest("id")
    assert (event.actor_label, event.channel) == ("olga", "admin")
    assert event.after["apps"] == ["aa_1"]


def test_makes_one_key_however_often_the_form_is_sent(olga, acme):
    wanted = _wanted(acme)
    olga.post(MINT, wanted)
    before = BackendKey.objects.count()
    cache.clear()  # that of another process

    again = olga.post(MINT, {**wanted, "name": "Another"})

    assert "This form was sent before" in again.text
    assert BackendKey.objects.count() == before


def test_says_at_the_field_what_is_wrong(olga, acme, globex):
    past = olga.post(MINT, _wanted(acme, expires_at="2020-01-01T10:00"))
    foreign = olga.post(MINT, _wanted(acme, apps=[globex.app.pk]))
    bare = olga.post(MINT, _wanted(acme, scopes=[], name=""))

    assert past.context["form"].errors["expires_at"]
    assert foreign.context["form"].errors["apps"]
    assert set(bare.context["form"].errors) == {"scopes", "name"}
    assert not BackendKey.objects.filter(name="Checkout").exists()


def test_can_be_sent_again_after_a_refusal(olga, acme):
    wanted = _wanted(acme, expires_at="2020-01-01T10:00")
    olga.post(MINT, wanted)

    page = olga.post(MINT, {**wanted, "expires_at": ""})

    assert page.context["secret"]


def test_begins_with_the_deployment_one_came_from(olga, acme):
    page = olga.get(MINT, {"deployment": acme.deployment.pk})
    lead = olga.row("deployment", acme.deployment)

    assert f'<option value="{acme.deployment.pk}" selected>' in page.text
    assert f"{MINT}?deployment={acme.deployment.pk}" in lead.text


def test_is_for_those_who_may_add_backend_keys(rosa, acme):
    minter = staff("mia", "add_backendkey", "view_backendkey")

    assert minter.get(MINT).status_code == 200
    assert MINT in minter.list("backendkey").text
    assert rosa.get(MINT).status_code == 403
    assert rosa.post(MINT, _wanted(acme)).status_code == 403
    assert MINT not in rosa.list("backendkey").text


def test_has_no_other_page_that_adds_one(olga, acme):
    assert olga.get(url("backendkey", "add")).status_code == 403


def test_says_what_state_a_key_is_in(olga, acme):
    key = make.backend_key(acme.deployment).backend_key
    assert "Live" in olga.row("backendkey", key).text

    BackendKey.objects.filter(pk=key.pk).update(
        created_at=make.soon(days=-2), expires_at=make.soon(days=-1)
    )
    assert "Expired" in olga.row("backendkey", key).text

    olga.confirm("backendkey", "revoke", key)
    assert "Revoked" in olga.row("backendkey", key).text
