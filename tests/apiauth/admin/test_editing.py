"""Settings that two operators change at the same time."""

import pytest
from django.utils import timezone

from apiauth import applications, deployments
from apiauth.models import ApiAuthApp, AuditEvent, Deployment
from tests import make
from tests.apiauth.admin.conftest import url


def _shown(page) -> dict[str, object]:
    """What a browser sends back of a page on which nothing was touched."""
    values = {bound.html_name: bound.value() for bound in page.context["form"]}
    return {n: value for n, value in values.items() if value not in (None, False)}


def _tighten(acme) -> None:
    applications.update(
        app=acme.app,
        policy={"keys_per_owner": 3, "networks": ["10.0.0.0/8"]},
        actor=make.OPERATOR,
        now=timezone.now(),
    )


@pytest.fixture
def address(acme) -> str:
    return url("apiauthapp", "settings", acme.app.pk)


def test_undoes_no_change_that_a_colleague_made_meanwhile(olga, acme, address):
    shown = _shown(olga.get(address))
    _tighten(acme)

    page = olga.post(address, {**shown, "description": "Typed", "reason": "typo"})

    app = ApiAuthApp.objects.get(pk=acme.app.pk)
    assert app.policy == {"keys_per_owner": 3, "networks": ["10.0.0.0/8"]}
    assert app.description == acme.app.description
    errors = page.context["form"].errors
    assert page.status_code == 422
    assert "Somebody changed these settings" in page.text
    assert errors.keys() == {"__all__", "description", "keys_per_owner", "networks"}
    assert errors["networks"] == ["Stored now: 10.0.0.0/8"]
    assert errors["keys_per_owner"] == ["Stored now: 3"]


def test_keeps_what_was_entered_and_replaces_only_what_it_has_told(olga, acme, address):
    sent = {**_shown(olga.get(address)), "description": "Typed", "reason": "typo"}
    _tighten(acme)

    again = _shown(olga.post(address, sent))
    assert (again["description"], again["reason"]) == ("Typed", "typo")
    olga.post(address, {**again, "networks": "10.0.0.0/8"})

    app = ApiAuthApp.objects.get(pk=acme.app.pk)
    assert (app.description, app.policy) == ("Typed", {"networks": ["10.0.0.0/8"]})


def test_asks_again_when_they_change_a_second_time(olga, acme, address):
    sent = {**_shown(olga.get(address)), "reason": "typo"}
    _tighten(acme)
    again = _shown(olga.post(address, sent))
    applications.update(
        app=acme.app, name="Third", actor=make.OPERATOR, now=timezone.now()
    )

    page = olga.post(address, again)

    assert page.context["form"].errors["name"] == ["Stored now: Third"]


def test_minds_no_change_that_it_does_not_show(olga, acme, address):
    sent = {**_shown(olga.get(address)), "description": "Typed", "reason": "typo"}
    applications.deactivate(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    assert olga.post(address, sent).status_code == 302
    assert ApiAuthApp.objects.get(pk=acme.app.pk).is_active is False


@pytest.mark.parametrize("edition", ["", "0" * 64, "\x00"])
def test_saves_nothing_that_was_made_from_no_edition(olga, acme, address, edition):
    sent = {**_shown(olga.get(address)), "description": "Typed", "reason": "typo"}

    assert olga.post(address, {**sent, "edition": edition}).status_code == 422
    assert not AuditEvent.objects.filter(action="app.updated").exists()


def test_tells_every_kind_of_setting_as_it_is_stored(olga, acme, address):
    sent = {**_shown(olga.get(address)), "reason": "typo"}
    applications.update(
        app=acme.app,
        capabilities=["keys:read"],
        embed_origins=[],
        permission_details={"reports:read": {"label": "Größe"}},
        policy={"at_check": "report"},
        require_bound_session=True,
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    errors = olga.post(address, sent).context["form"].errors

    told = {name: errors[name][0].removeprefix("Stored now: ") for name in errors}
    del told["__all__"]
    assert told == {
        "at_check": "Goes on to work, and the gateway is told",
        "capabilities": "See keys",
        "has_own_origins": "ticked",
        "permission_details": '{"reports:read": {"label": "Größe"}}',
        "require_bound_session": "ticked",
    }


def test_holds_for_deployments_too(olga, acme):
    address = url("deployment", "settings", acme.deployment.pk)
    sent = {**_shown(olga.get(address)), "product_name": "Cloud", "reason": "typo"}
    deployments.update(
        deployment=acme.deployment,
        embed_origins=[],
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    page = olga.post(address, sent)
    errors = page.context["form"].errors

    assert Deployment.objects.get(pk=acme.deployment.pk).embed_origins == []
    assert errors.keys() == {"__all__", "product_name", "embed_origins"}
    assert errors["embed_origins"] == ["Stored now: nothing"]
    assert page.text.count('name="edition"') == 1
    assert olga.post(address, _shown(page)).status_code == 302
