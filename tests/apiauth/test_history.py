"""The history as its readers see it: pages, filters, and whose it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apiauth import audit, history, keys, tenants
from apiauth.actors import ActorKind
from apiauth.errors import Forbidden, Invalid
from apiauth.history import Filters
from apiauth.models import AuditEvent, TenantStatus
from tests import make


def of_app(app, limit=100, cursor=None, **filters):
    return history.of_app(
        app,
        filters=Filters(**filters),
        cursor=cursor,
        limit=limit,
        now=timezone.now(),
    )


def of_deployment(backend_key, limit=100, cursor=None, **filters):
    return history.of_deployment(
        backend_key,
        filters=Filters(**filters),
        cursor=cursor,
        limit=limit,
        now=timezone.now(),
    )


def actions(page):
    return [event.action for event in page.rows]


def test_shows_the_newest_first(acme, ci_key):
    keys.rename(key=ci_key.key, name="New", actor=make.ADA, now=timezone.now())

    shown = ["key.renamed", "key.created", "app.provisioned"]
    assert actions(of_app(acme.app)) == shown
    whole = of_deployment(acme.backend_key)
    assert actions(whole)[-3:] == [
        "backend_key.minted",
        "app.provisioned",
        "deployment.provisioned",
    ]
    assert whole.rows[0].app_slug == "aa_1"


def test_pages_together_are_the_whole(acme, ci_key):
    for n in range(5):
        keys.rename(key=ci_key.key, name=f"N{n}", actor=make.ADA, now=timezone.now())
    whole = [event.sequence for event in of_app(acme.app).rows]

    seen, cursor = [], None
    for n in range(len(whole) // 2 + 1):
        page = of_app(acme.app, 2, cursor)
        seen += [event.sequence for event in page.rows]
        cursor = page.next_cursor
        keys.rename(key=ci_key.key, name=f"M{n}", actor=make.ADA, now=timezone.now())

    assert seen == whole
    assert cursor is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "\x00", "A" * 11, "A" * 13, "A" * 32, "AAAAAAAAAAA="]
)
def test_refuses_a_cursor_that_nobody_was_given(acme, cursor):
    with pytest.raises(Invalid) as refused:
        of_app(acme.app, cursor=cursor)

    assert refused.value.field == "cursor"


def test_the_oddest_cursor_is_the_end_or_the_beginning(acme):
    assert of_app(acme.app, cursor="AIAAAAAAAAAA").rows == []
    assert of_app(acme.app, cursor="AH__________").rows == of_app(acme.app).rows


def test_finds_by_whatever_support_knows(acme, ada, ci_key):
    found = {
        "action": of_deployment(acme.backend_key, action=audit.Action.KEY_CREATED),
        "key_id": of_deployment(acme.backend_key, key_id=ci_key.key.id),
        "actor_kind": of_app(acme.app, actor_kind=ActorKind.HOST),
        "organization_id": of_app(
            acme.app, organization_id="acme-ltd", action=audit.Action.SESSION_OPENED
        ),
        "user_id": of_app(acme.app, user_id="nobody"),
    }

    assert {what: actions(page) for what, page in found.items()} == {
        "action": ["key.created"],
        "key_id": ["key.created"],
        "actor_kind": ["ticket.issued"],
        "organization_id": ["session.opened"],
        "user_id": [],
    }


def test_finds_by_time(acme):
    at = AuditEvent.objects.get(action="app.provisioned").created_at

    assert actions(of_app(acme.app, start=at)) == ["app.provisioned"]
    assert of_app(acme.app, end=at).rows == []
    assert of_app(acme.app, start=at + timedelta(microseconds=1)).rows == []


@pytest.mark.parametrize("value", ["a\x00b", "", "x" * 256])
@pytest.mark.parametrize("field", ["organization_id", "user_id"])
def test_refuses_what_is_no_id(acme, field, value):
    with pytest.raises(Invalid) as refused:
        of_app(acme.app, **{field: value})

    assert refused.value.field == field


def test_another_tenant_and_another_app_see_nothing(acme, globex, ci_key):
    key_id = ci_key.key.id

    assert of_app(globex.app, key_id=key_id).rows == []
    assert of_deployment(globex.backend_key, key_id=key_id).rows == []
    assert of_app(make.app(acme.deployment, "aa_2"), key_id=key_id).rows == []


def test_what_belongs_to_no_app_is_only_in_the_deployments(acme):
    tenants.set_user(
        deployment=acme.deployment,
        external_id="ben",
        status=TenantStatus.SUSPENDED,
        actor=make.HOST,
        now=timezone.now(),
    )

    assert of_app(acme.app, user_id="ben").rows == []
    assert actions(of_deployment(acme.backend_key, user_id="ben")) == ["user.changed"]


def test_a_key_bound_to_some_apps_does_not_see_the_whole(acme):
    bound = make.backend_key(acme.deployment, apps=[acme.app]).backend_key

    with pytest.raises(Forbidden):
        of_deployment(bound)


def test_reads_each_page_in_one_query(acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        of_app(acme.app)
    # The key's restriction, and the page.
    with django_assert_num_queries(2):
        of_deployment(acme.backend_key)


def test_leaves_the_chain_as_it_is(acme, ci_key):
    of_app(acme.app)

    assert audit.verify_chain(acme.deployment.pk) is None
