"""Changing the settings of apps and deployments."""

from typing import Any

import pytest
from django.utils import timezone

from apiauth import applications, deployments, errors
from apiauth.models import ApiAuthApp, AuditEvent, Deployment, KeySecret
from tests import make


def _update(app: ApiAuthApp, **changes: Any) -> ApiAuthApp:
    return applications.update(
        app=app, actor=make.OPERATOR, now=timezone.now(), reason="asked", **changes
    )


def test_changes_what_is_named_and_nothing_else(acme):
    changed = _update(acme.app, name="Acme Cloud", policy={"keys_per_owner": 3})

    assert (changed.name, changed.rules.keys_per_owner) == ("Acme Cloud", 3)
    assert changed.permissions == acme.app.permissions
    assert ApiAuthApp.objects.get(pk=acme.app.pk).name == "Acme Cloud"


def test_records_before_and_after_of_what_differs(acme):
    _update(acme.app, name="Acme Cloud", description="")

    event = AuditEvent.objects.get(action="app.updated")
    assert event.before == {"name": acme.app.name}
    assert event.after == {"name": "Acme Cloud"}
    assert (event.reason, event.app_id) == ("asked", acme.app.id)


def test_true_is_another_detail_than_one(acme):
    apps = ApiAuthApp.objects.filter(pk=acme.app.pk)
    apps.update(permission_details={"reports:read": {"default": 1}})

    _update(acme.app, permission_details={"reports:read": {"default": True}})

    stored = apps.get().permission_details
    assert stored["reports:read"]["default"] is True
    assert AuditEvent.objects.filter(action="app.updated").count() == 1


def test_writes_nothing_when_nothing_differs(acme):
    _update(acme.app, name=acme.app.name)

    assert not AuditEvent.objects.filter(action="app.updated").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("permissions", ["no spaces allowed"]),
        ("capabilities", ["keys:fly"]),
        ("embed_origins", ["javascript:alert(1)"]),
        ("policy", {"keys_per_owner": 0}),
        ("networks", {"networks": ["10.0.0.1/8"]}),
        ("resources", ["/v1/../v2"]),
        ("resources", ["/v1/*/x"]),
        ("key_prefix", "ghp"),
        ("organization_id", ""),
        ("workspace_id", "w" * 256),
        ("rate_limit_scheme_slug", "absent"),
        ("rate_limit_scheme_slug", "a\x00b"),
        ("session_idle_seconds", 59),
        ("session_absolute_seconds", 7 * 24 * 3600 + 1),
    ],
)
def test_names_the_field_it_refuses(acme, field, value):
    member = "policy" if field == "networks" else field

    with pytest.raises(errors.Invalid) as refusal:
        _update(acme.app, **{member: value})

    assert refusal.value.field == field


def test_gives_and_takes_a_scheme(acme):
    scheme = make.scheme(acme.deployment)

    _update(acme.app, rate_limit_scheme_slug="basic")
    assert ApiAuthApp.objects.get(pk=acme.app.pk).rate_limit_scheme == scheme
    _update(acme.app, rate_limit_scheme_slug="basic")
    _update(acme.app, rate_limit_scheme_slug="")

    assert ApiAuthApp.objects.get(pk=acme.app.pk).rate_limit_scheme is None
    events = AuditEvent.objects.filter(action="app.updated").order_by("sequence")
    assert [(e.before, e.after) for e in events] == [
        ({"rate_limit_scheme_slug": ""}, {"rate_limit_scheme_slug": "basic"}),
        ({"rate_limit_scheme_slug": "basic"}, {"rate_limit_scheme_slug": ""}),
    ]


def test_a_new_prefix_is_for_secrets_to_come(acme, ci_key):
    _update(acme.app, key_prefix="acme_v2")

    assert make.key(acme.app, "new").secret.startswith("acme_v2_")
    assert KeySecret.objects.get(key=ci_key.key).prefix == "acme_live"


def test_switching_has_an_event_of_its_own(acme):
    _update(acme.app, is_active=False, organization_id="org_1")
    _update(acme.app, is_active=False)
    _update(acme.app, is_active=True, organization_id="org_1")

    told = AuditEvent.objects.filter(action__startswith="app.").order_by("sequence")
    assert [event.action for event in told] == [
        "app.provisioned",
        "app.updated",
        "app.deactivated",
        "app.activated",
    ]
    assert told[1].after == {"organization_id": "org_1"}
    assert told[2].after == {"app_slug": "aa_1", "name": acme.app.name}


def test_finds_no_deleted_app(acme):
    applications.delete(app=acme.app, actor=make.OPERATOR, now=timezone.now())

    with pytest.raises(errors.NotFound):
        _update(acme.app, name="Back")


def test_changes_a_deployment_and_keeps_the_rest_of_its_branding(acme):
    Deployment.objects.filter(pk=acme.deployment.pk).update(
        branding={"accent": "#754716", "product_name": "Old"}
    )
    deployments.update(
        deployment=acme.deployment,
        product_name="Acme Cloud",
        support_url="https://help.acme.example",
        name="Acme",
        embed_origins=[make.ORIGIN],
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    changed = Deployment.objects.get(pk=acme.deployment.pk)
    event = AuditEvent.objects.get(action="deployment.updated")
    assert changed.branding == {"accent": "#754716", "product_name": "Acme Cloud"}
    assert set(event.after or {}) == {"branding", "support_url"}


def test_refuses_an_address_that_runs(acme):
    with pytest.raises(errors.Invalid) as refusal:
        deployments.update(
            deployment=acme.deployment,
            support_url="javascript:alert(1)",
            actor=make.OPERATOR,
            now=timezone.now(),
        )

    assert refusal.value.field == "support_url"


def test_writes_nothing_when_a_deployment_stays_the_same(acme):
    deployments.update(
        deployment=acme.deployment,
        name=acme.deployment.name,
        actor=make.OPERATOR,
        now=timezone.now(),
    )

    assert not AuditEvent.objects.filter(action="deployment.updated").exists()


def test_finds_no_deployment_that_was_never_stored(acme):
    with pytest.raises(errors.NotFound):
        deployments.update(
            deployment=Deployment(slug="x"), actor=make.OPERATOR, now=timezone.now()
        )
