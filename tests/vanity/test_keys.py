"""The keys list: what it shows, finds, warns about and admits."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from apiauth import keys, usage
from apiauth.models import ApiAuthApp, Key
from tests import make
from vanity import filters, listing, orders


@pytest.fixture
def stored(ci_key: keys.Issued) -> Key:
    now = timezone.now()
    keys.acknowledge(key=ci_key.key, version=1, actor=make.ADA, now=now)
    return ci_key.key


def seen(response) -> str:
    return response.content.decode()


def test_shows_the_key_without_its_secret(portal, stored, ci_key):
    page = seen(portal.get(portal.path()))

    assert 'data-state="S2.ok"' in page
    assert "CI" in page
    assert ci_key.secret[-4:] in page
    assert ci_key.secret not in page


def test_is_a_whole_page_without_htmx(portal, stored):
    response = portal.get(portal.path(), headers={"HX-Request": "false"})

    assert "<!doctype html>" in seen(response)
    assert "HX-Request" in response["Vary"]


def test_answers_its_own_filters_with_the_list_alone(portal, stored):
    response = portal.get(portal.path("/keys"), headers={"HX-Target": "key-list"})

    assert "<h1" not in seen(response)
    assert "HX-Target" in response["Vary"]


def test_does_not_show_the_keys_of_others(mallory_portal, stored):
    page = seen(mallory_portal.get(mallory_portal.path()))

    assert 'data-state="S2.empty"' in page
    assert "CI" not in page


def test_offers_nothing_that_the_session_may_not_do(ben_portal, stored):
    page = seen(ben_portal.get(ben_portal.path()))

    assert "/rotate" not in page
    assert "/revoke" not in page
    assert "/keys/new" not in page


def test_says_who_can_create_when_the_session_may_not(ben_portal):
    assert 'data-state="S2.empty-ro"' in seen(ben_portal.get(ben_portal.path()))


def test_invites_to_the_first_key(portal):
    page = seen(portal.get(portal.path()))

    assert 'data-state="S2.empty"' in page
    assert "Create your first key" in page


@pytest.mark.parametrize("query", ["q=CI", "q=%00ci", "status=active", "sort=-used"])
def test_finds(portal, stored, query):
    assert str(stored.pk) in seen(portal.get(portal.path(f"/keys?{query}")))


def test_finds_a_name_however_it_is_composed(portal, acme, stored):
    keys.rename(key=stored, name="Caf\u00e9", actor=make.ADA, now=timezone.now())

    page = seen(portal.get(portal.path("/keys?q=Cafe%CC%81")))

    assert str(stored.pk) in page


def test_finds_by_id_and_by_last_four(portal, stored, ci_key):
    for wanted in (str(stored.pk), ci_key.secret[-4:]):
        assert str(stored.pk) in seen(portal.get(portal.path(f"/keys?q={wanted}")))


@pytest.mark.parametrize("query", ["q=nothing", "status=revoked", "status=expired"])
def test_says_when_filters_hide_everything(portal, stored, query):
    page = seen(portal.get(portal.path(f"/keys?{query}")))

    assert 'data-state="S2.nomatch"' in page
    assert "Show all keys" in page


def test_knows_every_filter_and_order(portal, stored):
    offered = [f"status={name}" for name in filters.STATUSES]
    offered += [f"sort={name}" for name in orders.ORDERS]

    for query in offered:
        assert portal.get(portal.path(f"/keys?{query}")).status_code == 200


@pytest.mark.parametrize(
    "query", ["status=odd", "sort=odd", "page=x", "size=7", "page=99"]
)
def test_falls_back_from_odd_filters(portal, stored, query):
    assert str(stored.pk) in seen(portal.get(portal.path(f"/keys?{query}")))


def test_warns_of_keys_that_expire_soon(portal, stored):
    Key.objects.update(expires_at=timezone.now() + timedelta(days=7))

    page = seen(portal.get(portal.path()))

    assert 'data-state="S2.expiring"' in page
    assert f"/keys/{stored.pk}/rotate" in page


def test_explains_a_full_quota(portal, stored):
    ApiAuthApp.objects.update(policy={"keys_per_owner": 1})

    page = seen(portal.get(portal.path()))

    assert 'data-state="S2.quota"' in page
    assert "1 of 1 keys in use" in page
    assert "/keys/new" not in page


def test_never_calls_a_failure_empty(portal, stored, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(listing, "read", fail)

    response = portal.get(portal.path())

    assert response.status_code == 503
    assert 'data-state="S2.error"' in seen(response)
    assert "No keys yet" not in seen(response)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><i hx-get=/x hx-trigger=load>',
        "{{ 7|add:7 }}",
        "x" * 64,
        "مفتاح الإنتاج",
        "🚀 Launch 🧑‍🚀",
    ],
)
def test_shows_hostile_names_as_text(portal, acme, name):
    make.key(acme.app, name)

    page = seen(portal.get(portal.path()))

    assert 'data-state="S2.' in page
    assert "<script>alert" not in page
    assert "<i hx-get" not in page
    assert "14" not in name or "{{" in page


def test_takes_few_queries(portal, stored, django_assert_max_num_queries):
    list(usage.roll_up())
    portal.get(portal.path())  # binds the session to its browser

    # The session; the keys; the mark of the sums; secrets; uses; counts.
    with django_assert_max_num_queries(6):
        portal.get(portal.path())


def test_says_that_more_is_in_use_than_allowed(portal, acme, stored):
    make.key(acme.app, "Second")
    ApiAuthApp.objects.update(policy={"keys_per_owner": 1})

    page = seen(portal.get(portal.path()))

    assert "More keys in use than the 1 allowed" in page


def test_only_reads(portal):
    assert portal.post(portal.path("/keys")).status_code == 405


def test_finds_a_pasted_key_by_its_end_and_repeats_nothing_of_it(portal, ci_key):
    response = portal.get(portal.path("/keys"), {"q": ci_key.secret})

    assert str(ci_key.key.pk) in response.text
    assert ci_key.secret not in response.text
