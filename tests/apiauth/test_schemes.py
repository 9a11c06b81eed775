"""Rate-limit schemes: created, found, updated, deleted."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apiauth import applications, audit, errors, schemes
from apiauth.models import ApiAuthApp, AuditEvent, RateLimitScheme
from tests import make

WRITTEN = {**make.RULE, "priority": 0}


def update(scheme: RateLimitScheme, **changes: Any) -> RateLimitScheme:
    later = timezone.now() + timedelta(minutes=1)
    return schemes.update(
        scheme=scheme, actor=make.HOST, now=later, reason="asked", **changes
    )


def delete(scheme: RateLimitScheme) -> None:
    schemes.delete(
        scheme=scheme, actor=make.HOST, now=timezone.now(), reason="no longer sold"
    )


def delete_app(app: ApiAuthApp) -> None:
    applications.delete(app=app, actor=make.OPERATOR, now=timezone.now())


def test_stores_rules_with_everything_written_out(acme):
    bare = {"unit": "day", "duration": 1, "max_requests": 5}

    scheme = make.scheme(acme.deployment, rules=[bare, make.RULE], description="x")

    scheme.refresh_from_db()
    assert scheme.rules == [{**bare, "mode": "per_app", "priority": 0}, WRITTEN]
    assert (scheme.slug, scheme.description) == ("basic", "x")


def test_creating_is_an_event(acme):
    make.scheme(acme.deployment)

    event = AuditEvent.objects.get(action="scheme.created")
    assert event.deployment_id == acme.deployment.pk
    assert event.after == {"slug": "basic", "name": "Basic", "rules": [WRITTEN]}


@pytest.mark.parametrize(
    ("field", "setting", "value"),
    [
        ("slug", "slug", ""),
        ("slug", "slug", "a b"),
        ("name", "name", " "),
        ("description", "description", "d" * 251),
        ("rules", "rules", []),
        ("rules.0.unit", "rules", [{}]),
    ],
)
def test_refuses_what_cannot_be(acme, field, setting, value):
    with pytest.raises(errors.Invalid) as refusal:
        make.scheme(acme.deployment, **{setting: value})

    assert refusal.value.field == field
    assert not RateLimitScheme.objects.exists()


def test_a_slug_is_taken_in_its_deployment_alone(acme, globex):
    make.scheme(acme.deployment)

    assert make.scheme(globex.deployment).slug == "basic"
    with pytest.raises(errors.NameTaken) as refusal:
        make.scheme(acme.deployment)
    assert refusal.value.field == "slug"


def test_finds_its_own(acme, globex):
    theirs, mine = make.scheme(globex.deployment), make.scheme(acme.deployment)

    assert schemes.find(acme.deployment, "basic") == mine
    assert schemes.find(globex.deployment, "basic") == theirs


@pytest.mark.parametrize("slug", ["absent", "theirs", "", " basic", "b\x00", "b" * 999])
def test_absent_and_foreign_ones_look_the_same(acme, globex, slug):
    make.scheme(acme.deployment)
    make.scheme(globex.deployment, "theirs")

    with pytest.raises(errors.NotFound) as refusal:
        schemes.find(acme.deployment, slug)

    assert refusal.value.message == "There is no such rate-limit scheme."


def test_changes_what_is_named_and_tells(acme):
    scheme = make.scheme(acme.deployment, description="x")
    rule = {**WRITTEN, "max_requests": 7}

    changed = update(scheme, rules=[rule], description="", name="Basic")

    event = AuditEvent.objects.get(action="scheme.updated")
    assert RateLimitScheme.objects.get().rules == changed.rules == [rule]
    assert changed.updated_at > scheme.updated_at
    assert event.before == {"rules": [WRITTEN], "description": "x"}
    assert event.after == {"slug": "basic", "rules": [rule], "description": ""}
    assert event.reason == "asked"


def test_writes_nothing_when_nothing_differs(acme):
    scheme = make.scheme(acme.deployment)

    same = update(scheme, name="Basic", rules=[make.RULE])

    assert same.updated_at == scheme.updated_at
    assert not AuditEvent.objects.filter(action="scheme.updated").exists()


def test_deletes_one_that_nobody_uses(acme):
    delete(make.scheme(acme.deployment))

    event = AuditEvent.objects.get(action="scheme.deleted")
    assert not RateLimitScheme.objects.exists()
    assert event.before == {"name": "Basic", "rules": [WRITTEN]}
    assert (event.after, event.reason) == ({"slug": "basic"}, "no longer sold")
    assert audit.verify_chain(acme.deployment.pk) is None


@pytest.mark.parametrize("is_active", [True, False])
def test_keeps_one_that_an_app_uses(acme, is_active):
    scheme = make.scheme(acme.deployment)
    app = make.app(acme.deployment, "user", rate_limit_scheme_slug="basic")
    ApiAuthApp.objects.filter(pk=app.pk).update(is_active=is_active)

    with pytest.raises(errors.SchemeInUse) as refusal:
        delete(scheme)

    assert refusal.value.details == {"apps": "user"}
    assert RateLimitScheme.objects.exists()


def test_names_no_more_apps_than_a_person_reads(acme):
    scheme = make.scheme(acme.deployment)
    for number in range(7):
        make.app(acme.deployment, f"u{number}", rate_limit_scheme_slug="basic")

    with pytest.raises(errors.SchemeInUse) as refusal:
        delete(scheme)

    assert refusal.value.details == {"apps": "u0, u1, u2, u3, u4"}


def test_deleted_apps_hold_no_scheme_back(acme):
    scheme = make.scheme(acme.deployment)
    app = make.app(acme.deployment, "user", rate_limit_scheme_slug="basic")
    delete_app(app)

    delete(scheme)

    assert not RateLimitScheme.objects.exists()
    assert ApiAuthApp.objects.get(pk=app.pk).rate_limit_scheme is None


def test_finds_none_that_is_gone(acme):
    scheme = make.scheme(acme.deployment)
    delete(scheme)

    for verb in (delete, lambda gone: update(gone, name="Back")):
        with pytest.raises(errors.NotFound):
            verb(scheme)
