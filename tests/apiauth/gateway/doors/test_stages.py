"""Each state of a key, and of all that it depends on, at every door."""

import pytest

from apiauth import credentials
from tests import make
from tests.apiauth.gateway.doors import states
from tests.apiauth.gateway.doors.doors import at_talkative_doors

NOTHING: dict[str, object] = {"permissions": [], "limits": [], "waits": None}
BOTH = ["reports:read", "reports:write"]

STATES = [
    (states.switch_off, "app_inactive"),
    (states.delete_app, "app_inactive"),
    (states.suspend_organization, "suspended"),
    (states.delete_organization, "suspended"),
    (states.suspend_user, "suspended"),
    (states.delete_user, "suspended"),
    (states.know_organization, "valid"),
    (states.suspend_another, "valid"),
    (states.revoke, "revoked"),
    (states.rotate, "rotated"),
    (states.pause, "disabled"),
    (states.expire, "expired"),
    (states.expire_soon, "valid"),
]


@pytest.mark.parametrize(("state", "code"), STATES)
def test_says_what_became_of_a_key_at_once(ask, acme, ci_key, state, code):
    assert ask().tells(code="valid", key="CI", permissions=BOTH, rule=None)

    state(acme, ci_key.key)

    assert ask().tells(code=code, key="CI", rule=None)


def test_refuses_what_is_no_key(ask, ci_key):
    changed = ci_key.secret[:-1] + ("0" if ci_key.secret[-1] != "0" else "1")

    for secret in ("nonsense", changed, "acme_live_" + "0" * 40, ci_key.secret[:-1]):
        assert ask(secret=secret).tells(code="malformed", key=None, **NOTHING)


def test_knows_no_other_secret(ask, acme, ada):
    stranger = credentials.make_secret("acme_live")

    for secret in (stranger, acme.minted.secret, ada.token):
        assert ask(secret=secret).tells(code="unknown", key=None, **NOTHING)


def test_takes_both_secrets_while_they_overlap(ask, acme, ci_key):
    new = states.rotate(acme, ci_key.key, overlap_seconds=60)

    assert ask().tells(code="valid", key="CI")
    assert ask(secret=new).tells(code="valid", key="CI")


def test_takes_only_the_new_secret_after_a_rotation(ask, acme, ci_key):
    new = states.rotate(acme, ci_key.key)

    assert ask().tells(code="rotated", key="CI")
    assert ask(secret=new).tells(code="valid", key="CI")


def test_finds_a_key_that_an_older_pepper_digested(ask, settings):
    settings.KEYPLATE_PEPPERS = [*settings.KEYPLATE_PEPPERS, ("p9", "n" * 50)]

    assert ask().tells(code="valid", key="CI")


def test_finds_no_key_whose_pepper_is_gone(ask, acme, settings):
    issued = make.key(acme.app, "Other")
    settings.KEYPLATE_PEPPERS = [("p9", "n" * 50)]
    fresh = make.backend_key(acme.deployment, "keys:verify").secret

    assert ask(secret=issued.secret, asker=fresh).tells(code="unknown", key=None)


# ------------------------------------------------------------------ in the right order

BROKEN = {"at_check": "enforce", "expiry_required": True, "networks": ["10.0.0.0/8"]}
# Each is a little less wrong than the one before it.
MENDED = [
    (states.switch_off, "app_inactive"),
    (states.suspend_organization, "suspended"),
    (states.revoke, "revoked"),
    (states.rotate, "rotated"),
    (states.pause, "disabled"),
    (states.expire, "expired"),
    (states.policy(**BROKEN, expiry_max_days=1), "policy_violation"),
    (states.app_with(resources=["/orders/*"]), "resource_forbidden"),
    (states.policy(networks=["10.0.0.0/8"]), "network_forbidden"),
]


def spoil(acme, key, wrong):
    """Do all of it, in an order in which it can be done."""
    todo = [state for state, _ in reversed(wrong)]
    for state in sorted(todo, key=lambda state: state is not states.rotate):
        state(acme, key)


@pytest.mark.parametrize("first", range(len(MENDED)))
def test_the_first_thing_that_is_wrong_is_the_answer(ask, acme, ci_key, first):
    wrong = MENDED[first:]
    spoil(acme, ci_key.key, wrong)

    seen = ask(required=["reports:delete"])

    assert seen.tells(code=wrong[0][1], key="CI", limits=[])


@at_talkative_doors
def test_explains_all_that_is_wrong_in_the_same_order(ask, acme, ci_key):
    spoil(acme, ci_key.key, MENDED)

    seen = ask(required=["reports:delete"], explain=True)

    codes = [code for _, code in MENDED]
    assert seen.tells(code="app_inactive", explained=[*codes, "permission_denied"])


@at_talkative_doors
def test_explains_what_is_no_key(ask):
    stranger = credentials.make_secret("acme_live")

    assert ask(secret="x", explain=True).tells(explained=["malformed"])
    assert ask(secret=stranger, explain=True).tells(explained=["unknown"])
    assert ask(explain=True).tells(code="valid", explained=[])


@at_talkative_doors
@pytest.mark.parametrize(
    ("environment", "code"), [("production", "valid"), ("staging", "unknown")]
)
def test_knows_keys_of_the_environment_asked_for(ask, environment, code):
    assert ask(environment=environment).tells(code=code)


@at_talkative_doors
def test_knows_keys_of_staging_there(ask):
    of = make.deployment("early", mode="staging")
    issued, asker = make.key(make.app(of)), make.backend_key(of, "keys:verify")
    facts = {"secret": issued.secret, "asker": asker.secret}

    assert ask(**facts, environment="staging").tells(code="valid")
    assert ask(**facts, environment="production").tells(code="unknown", key=None)
    assert ask(**facts).tells(code="valid")


@at_talkative_doors
def test_knows_no_third_environment(ask):
    assert ask(environment="test").tells(code="invalid")
