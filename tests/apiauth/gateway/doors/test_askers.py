"""Who asks, at every door: what a gateway key cannot reach, is unknown to it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import credentials
from apiauth.api.gateway import routes
from apiauth.models import BackendKey, Decision
from tests import make
from tests.apiauth.gateway import broken
from tests.apiauth.gateway.doors import states
from tests.apiauth.gateway.doors.doors import (
    KINDS,
    at_committing_doors,
    at_talkative_doors,
)


def test_every_address_of_the_gateway_is_a_door():
    assert {*routes.EXACT, *routes.BELOW} == set(KINDS)


def test_knows_no_key_of_another_tenant(ask, globex):
    assert ask(asker=globex.minted.secret).tells(code="unknown", key=None)


@pytest.mark.parametrize(
    "state", [states.revoke, states.pause, states.expire, states.switch_off]
)
def test_tells_another_tenant_nothing_of_a_key(ask, acme, globex, ci_key, state):
    state(acme, ci_key.key)

    assert ask(asker=globex.minted.secret).tells(code="unknown", key=None)
    assert Decision.objects.get().deployment_id == globex.deployment.id


def test_knows_the_keys_of_its_apps_alone(ask, acme):
    other = make.app(acme.deployment, "aa_2")
    narrow = make.backend_key(acme.deployment, "keys:verify", apps=[other])
    wide = make.backend_key(acme.deployment, "keys:verify", apps=[other, acme.app])

    assert ask(asker=narrow.secret).tells(code="unknown", key=None)
    assert ask(asker=wide.secret).tells(code="valid", key="CI")


def test_needs_nothing_but_the_scope(ask, acme):
    asker = make.backend_key(acme.deployment, "keys:verify")

    assert ask(asker=asker.secret).tells(code="valid")


def test_refuses_a_gateway_key_that_may_not_ask(ask, acme, ci_key):
    without = make.backend_key(acme.deployment, "tickets:issue").secret
    stranger = credentials.make_secret("apb")

    for asker in (without, stranger, ci_key.secret):
        assert ask(asker=asker).tells(code="asker")
        assert ask(asker=asker, required=["nothing"]).tells(code="asker")


def revoked(of):
    BackendKey.objects.filter(pk=of.pk).update(revoked_at=timezone.now())


def expired(of):
    now = timezone.now()
    BackendKey.objects.filter(pk=of.pk).update(
        created_at=now - timedelta(days=2), expires_at=now - timedelta(seconds=1)
    )


@pytest.mark.parametrize("end", [revoked, expired])
def test_refuses_a_gateway_key_that_has_ended(ask, acme, end):
    assert ask().tells(code="valid")

    end(acme.backend_key)

    assert ask().tells(code="asker")


def test_notes_when_a_gateway_key_was_used(ask, acme):
    ask()

    acme.backend_key.refresh_from_db()
    assert acme.backend_key.last_used_at is not None


def test_lets_anybody_ask_only_where_the_operator_said_so(ask, settings):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True

    assert ask(asker=None).tells(code="valid", key="CI")


@at_talkative_doors
def test_explains_nothing_to_just_anybody(ask, settings):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True

    assert ask(asker=None, explain=True).tells(code="invalid")


# ------------------------------------------------------------------- without a verdict


def test_gives_no_verdict_that_cannot_be_recorded(ask, caplog):
    with broken.log():
        assert ask().tells(code="unavailable", key=None, permissions=[], limits=[])
        assert ask(required=["reports:delete"]).tells(code="unavailable", key=None)
        assert ask(secret="nonsense").tells(code="malformed")

    assert broken.TEXT not in caplog.text


def test_gives_verdicts_again_once_they_can_be_recorded(ask, acme, ci_key):
    states.limited({"max_requests": 1})(acme, ci_key.key)
    with broken.log():
        assert ask().tells(code="unavailable")

    assert ask().tells(code="valid", nearest=(1, 0))


@at_committing_doors
def test_gives_no_verdict_without_a_look_up(ask):
    with broken.lookup():
        assert ask().tells(code="unavailable", key=None)

    assert ask().tells(code="valid")
