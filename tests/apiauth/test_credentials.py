"""Secrets: made, recognised, digested and masked."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import credentials
from apiauth.credentials import Purpose

BASE62 = string.digits + string.ascii_letters
SECRET = credentials.make_secret("acme_live")


def test_makes_secrets_that_scanners_can_find():
    assert re.fullmatch(r"acme_live_[0-9A-Za-z]{40}", SECRET)
    assert credentials.looks_right(SECRET)


def test_makes_every_secret_anew():
    made = {credentials.make_secret("acme_live") for _ in range(100)}

    assert len(made) == 100


@given(st.integers(0, 39), st.sampled_from(BASE62))
def test_finds_every_single_typing_error(position, letter):
    tail = SECRET[-40:]
    mistyped = tail[:position] + letter + tail[position + 1 :]

    assert credentials.looks_right(f"acme_live_{mistyped}") == (mistyped == tail)


@given(st.text(max_size=100))
def test_takes_nothing_made_up_for_a_secret(made_up):
    assert not credentials.looks_right(made_up)


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        SECRET.swapcase(),
        SECRET.upper(),
        f" {SECRET}",
        f"{SECRET}\n",
        f"{SECRET}0",
        SECRET[:-1],
        SECRET.removeprefix("acme_live_"),
        SECRET.replace("acme_live", "acme_test"),
        SECRET[:20] + "\x00" + SECRET[21:],
        SECRET[:20] + "\ud800" + SECRET[21:],
        "A" * 60_000,
    ],
)
def test_refuses_damaged_secrets(damaged):
    assert not credentials.looks_right(damaged)


@pytest.mark.parametrize(
    ("prefix", "usable"),
    [
        ("acme_live", True),
        ("wk", True),
        ("a" * 31, True),
        ("a" * 32, False),
        ("a", False),
        ("", False),
        ("acme_", False),
        ("_acme", False),
        ("9acme", False),
        ("Acme", False),
        ("ac-me", False),
        ("acmé", False),
        ("acme\n", False),
        ("sk_live", False),
        ("apb", False),
    ],
)
def test_knows_which_prefixes_keys_may_have(prefix, usable):
    assert credentials.is_prefix(prefix) is usable


def test_digests_by_the_newest_pepper_and_looks_up_by_all(settings):
    old = credentials.digest(Purpose.KEY, SECRET)
    settings.KEYPLATE_PEPPERS = [*settings.KEYPLATE_PEPPERS, ("p9", "n" * 50)]

    new = credentials.digest(Purpose.KEY, SECRET)

    assert new.pepper_id == "p9"
    assert credentials.digests(Purpose.KEY, SECRET) == [old.value, new.value]
    assert credentials.matches(Purpose.KEY, SECRET, old.value)


def test_digests_differ_by_purpose_so_that_kinds_cannot_be_swapped():
    digests = {credentials.digest(purpose, SECRET).value for purpose in Purpose}

    assert len(digests) == len(Purpose)
    assert {len(digest) for digest in digests} == {32}


def test_matches_nothing_where_nothing_is_stored():
    assert not credentials.matches(Purpose.KEY, SECRET, None)


def test_masks_all_but_the_ends():
    assert credentials.masked("acme_live", SECRET[-4:]) == (
        f"acme_live_····{SECRET[-4:]}"
    )


def test_fingerprints_an_unknown_credential_without_keeping_it():
    fingerprint = credentials.fingerprint(SECRET)

    assert len(fingerprint) == 12
    assert fingerprint == credentials.fingerprint(SECRET)
    assert fingerprint not in credentials.digest(Purpose.KEY, SECRET).value
