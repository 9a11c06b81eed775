"""Checks of stored keys: roles, environments, and what an app binds its keys to."""

import pytest
from django.utils import timezone

from apiauth import applications, gateway, keys, memberships
from apiauth.gateway import Code
from apiauth.models import OwnerKind
from tests import make


def check(secret, **settings):
    settings = {"method": "GET", "resource": "/reports", **settings}
    return gateway.check(gateway.ask(secret=secret, **settings))


def put(acme, *granted, organization_id="acme-ltd", user_id="ada", workspace_id=""):
    return memberships.put(
        deployment=acme.deployment,
        organization_id=organization_id,
        user_id=user_id,
        workspace_id=workspace_id,
        granted=granted,
        actor=make.HOST,
        now=timezone.now(),
    )


def update(acme, **changes):
    applications.update(
        app=acme.app, actor=make.OPERATOR, now=timezone.now(), **changes
    )


@pytest.fixture
def eu_key(acme):
    """A key of ada's in a workspace of acme-ltd, which may do nothing of itself."""
    update(acme, permissions=[])
    owner = keys.Owner(
        kind=OwnerKind.WORKSPACE,
        id="acme-ltd/eu",
        organization_id="acme-ltd",
        user_id="ada",
        workspace_id="eu",
    )
    return make.key(acme.app, "EU", owner=owner)


def test_allows_what_roles_allow_while_they_do(acme, eu_key):
    whole, part = put(acme, "a"), put(acme, "b", workspace_id="eu")

    both = check(eu_key.secret, required_permissions=["a", "b"])

    assert both.facts.key.org_membership_id == str(whole.pk)
    assert both.facts.key.workspace_membership_id == str(part.pk)
    assert (both.allowed, both.facts.permissions) == (True, ["a", "b"])
    put(acme, "c")
    assert not check(eu_key.secret, required_permissions=["a"]).allowed


def test_takes_no_role_from_elsewhere(acme, globex, eu_key):
    put(acme, "a", organization_id="other")
    put(acme, "a", user_id="ben")
    put(acme, "a", workspace_id="us")
    put(globex, "a")
    put(globex, "a", workspace_id="eu")

    facts = check(eu_key.secret).facts

    assert facts.permissions == []
    assert (facts.key.org_membership_id, facts.key.org_role_permissions) == (None, None)
    assert facts.key.workspace_membership_id is None
    assert facts.key.workspace_role_permissions is None


@pytest.mark.parametrize(
    ("mode", "code"), [("staging", Code.VALID), ("production", Code.UNKNOWN)]
)
def test_knows_keys_of_the_environment_that_was_asked_for(db, mode, code):
    app = make.app(make.deployment("acme", mode="staging"))

    verdict = check(make.key(app).secret, environment=mode)

    assert verdict.code is code
    assert (verdict.facts is None) == (code is Code.UNKNOWN)


def test_binds_keys_to_the_apps_resources_at_once(acme, ci_key):
    assert check(ci_key.secret).allowed

    update(acme, resources=["/orders/*"])

    assert check(ci_key.secret).code is Code.RESOURCE_FORBIDDEN
    assert check(ci_key.secret, resource="/orders/7").allowed


def test_binds_keys_to_the_apps_networks_at_once(acme, ci_key):
    update(acme, policy={"networks": ["::ffff:192.0.2.0/120", "2001:db8::/32"]})

    assert check(ci_key.secret).code is Code.NETWORK_FORBIDDEN
    assert check(ci_key.secret, client_ip="192.0.2.9").allowed
    assert check(ci_key.secret, client_ip="2001:db8::1").allowed
    assert not check(ci_key.secret, client_ip="198.51.100.1").allowed


@pytest.mark.parametrize(
    ("at_check", "code"),
    [
        ("off", Code.VALID),
        ("report", Code.VALID),
        ("enforce", Code.POLICY_VIOLATION),
    ],
)
def test_holds_old_keys_to_new_rules_where_told_to(acme, ci_key, at_check, code):
    update(acme, policy={"expiry_max_days": 30, "at_check": at_check})

    verdict = check(ci_key.secret)

    assert verdict.code is code
    told = verdict.rule if at_check == "enforce" else verdict.violation
    assert told == ("" if at_check == "off" else "expiry_required")


def test_reads_the_rules_of_the_apps_scheme(acme, ci_key):
    assert check(ci_key.secret).facts.app.rules is None
    scheme = make.scheme(acme.deployment)

    update(acme, rate_limit_scheme_slug="basic")

    assert check(ci_key.secret).facts.app.rules == scheme.rules
    assert check(ci_key.secret).facts.key.secret_made_at == ci_key.key.created_at
