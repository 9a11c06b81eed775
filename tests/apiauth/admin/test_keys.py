"""Finding a key by pasting it, and the words for its states."""

import logging

import pytest
from django.utils import timezone

from apiauth import credentials, keys
from apiauth.models import AuditEvent, Key, KeySecret, OwnerKind
from tests import make
from tests.apiauth.admin.conftest import staff, url

FIND = "/admin/apiauth/key/find/"


def test_finds_the_key_that_was_pasted(olga, ci_key):
    page = olga.post(FIND, {"secret": f" {ci_key.secret}\n"})

    assert page.status_code == 200
    assert url("key", "change", ci_key.key.pk) in page.text
    assert "This is its current secret." in page.text


def test_never_shows_or_logs_what_was_pasted(olga, ci_key, caplog):
    with caplog.at_level(logging.DEBUG):
        page = olga.post(FIND, {"secret": ci_key.secret})

    assert ci_key.secret not in page.text
    assert ci_key.secret not in caplog.text
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("overlap", "sentence"),
    [(0, "no longer works"), (600, "still works for a while")],
)
def test_tells_an_old_secret_from_the_current_one(olga, ci_key, overlap, sentence):
    keys.rotate(
        key=ci_key.key,
        overlap_seconds=overlap,
        actor=make.ADA,
        now=timezone.now(),
    )

    assert sentence in olga.post(FIND, {"secret": ci_key.secret}).text


def test_finds_a_backend_key_for_those_who_may_see_them(olga, acme):
    reader = staff("kim", "view_key")

    found = olga.post(FIND, {"secret": acme.minted.secret})
    missed = reader.post(FIND, {"secret": acme.minted.secret})

    assert url("backendkey", "change", acme.backend_key.pk) in found.text
    assert "nobody was ever given it here" in missed.text


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("nonsense", "This is no key of ours"),
        (credentials.make_secret("acme_live"), "nobody was ever given it here"),
        (credentials.make_secret("aps"), "the token of a portal session"),
        (credentials.make_secret("apc"), "a browser's cookie"),
        ("apt.something", "That is a ticket."),
    ],
)
def test_says_what_else_it_may_be(olga, secret, sentence):
    page = olga.post(FIND, {"secret": secret})

    assert sentence.replace("'", "&#x27;") in page.text
    assert secret not in page.text


def test_wants_something_to_find(olga):
    assert olga.post(FIND, {"secret": ""}).context["form"].errors["secret"]


def test_looks_by_post_only(olga, ci_key):
    page = olga.get(FIND, {"secret": ci_key.secret})

    assert ci_key.secret not in page.text
    assert "current secret" not in page.text


@pytest.mark.parametrize("subject", ["key", "auditevent", "backendkey"])
def test_warns_of_a_whole_key_in_the_search_box(olga, ci_key, subject):
    answer = olga.list(subject, q=f"leaked {ci_key.secret}")

    page = olga.get(answer.headers["Location"])
    assert answer.headers["Location"] == FIND
    assert "That was a whole key" in page.text
    assert ci_key.secret not in page.text


def test_finds_by_the_last_four(olga, acme, ci_key):
    make.key(acme.app, "Another")

    last_four = ci_key.secret[-4:]
    found = list(olga.list("key", q=last_four).context["cl"].result_list)

    assert ci_key.key in found
    assert all(
        KeySecret.objects.filter(key=key, last_eight__iendswith=last_four).exists()
        for key in found
    )


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"acknowledged_at": make.soon()}, "Live"),
        ({}, "Live, unconfirmed"),
        ({"disabled_at": make.soon()}, "Paused"),
        (
            {"created_at": make.soon(days=-3), "expires_at": make.soon(days=-1)},
            "Expired",
        ),
    ],
)
def test_says_what_state_a_key_is_in(olga, ci_key, changes, word):
    Key.objects.filter(pk=ci_key.key.pk).update(**changes)

    assert f">{word}</span>" in olga.row("key", ci_key.key).text


def test_says_that_the_old_secret_still_works(olga, ci_key):
    keys.rotate(key=ci_key.key, overlap_seconds=600, actor=make.ADA, now=timezone.now())

    page = olga.row("key", ci_key.key).text

    assert "Live, old secret too" in page
    assert "works until" in page


def test_tells_of_a_revocation(olga, ci_key):
    olga.confirm("key", "revoke", ci_key.key)

    page = olga.row("key", ci_key.key).text

    assert ">Revoked</span>" in page
    assert "Ticket 42" in page
    assert "the history says who" in page
    assert "/verbs/" not in page


def test_tells_of_a_key_of_the_app_itself(olga, acme):
    key = make.key(acme.app, owner=keys.Owner(kind=OwnerKind.APP)).key

    assert "the app itself" in olga.row("key", key).text


def test_does_not_tell_owners_what_operators_sign_in_with(olga, ci_key):
    olga.confirm("key", "revoke", ci_key.key)

    assert Key.objects.get(pk=ci_key.key.pk).revoked_by_label == ""
    assert AuditEvent.objects.latest("id").actor_label == "olga"
