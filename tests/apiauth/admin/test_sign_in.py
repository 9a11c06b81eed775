"""The operators' sign-in."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apiauth.admin import sign_in

PASSWORD = "a long and dull passphrase"
CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def known(db, settings) -> User:
    settings.PASSWORD_HASHERS = CHEAP
    return User.objects.create_superuser("olga", password=PASSWORD)


def _try(
    password: str = "wrong",
    name: str = "olga",
    address: str = "192.0.2.1",
    browser: Client | None = None,
):
    return (browser or Client()).post(
        reverse("admin:login"),
        {"username": name, "password": password, "next": "/admin/"},
        REMOTE_ADDR=address,
    )


def test_shows_the_sign_in_to_anybody(db):
    page = Client().get(reverse("admin:login"))

    assert page.status_code == 200
    assert "Keyplate" in page.text
    assert "<h1>Log in</h1>" in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_lets_operators_in(known):
    answer = _try(PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


def test_slows_whoever_guesses(known):
    answers = [_try().status_code for _ in range(sign_in.PER_NAME)]

    refused = _try(PASSWORD)

    assert set(answers) == {200}
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(sign_in.WINDOW)
    assert "Nobody&#x27;s account is locked" in refused.text or (
        "Nobody's account is locked" in refused.text
    )


def test_locks_nobody_out_who_comes_from_elsewhere(known):
    for _ in range(sign_in.PER_NAME + 5):
        _try()

    assert _try(PASSWORD, address="192.0.2.2").status_code == 302


@pytest.mark.parametrize("variant", ["OLGA", " olga ", "\uff4f\uff4c\uff47\uff41"])
def test_counts_the_ways_to_write_a_name_as_one(known, variant):
    for _ in range(sign_in.PER_NAME):
        _try(name=variant)

    assert _try(PASSWORD).status_code == 429


def test_slows_whoever_tries_many_names(known):
    for n in range(sign_in.PER_ADDRESS):
        _try(name=f"user{n}")

    assert _try(PASSWORD).status_code == 429


def test_keeps_few_counters_of_one_caller(known, monkeypatch):
    made, add = set(), cache.add

    def noted(key: str, value: int, timeout: int) -> bool:
        made.add(key)
        return add(key, value, timeout)

    monkeypatch.setattr(cache, "add", noted)

    for n in range(sign_in.PER_ADDRESS + 10):
        _try(name=f"user{n}", address=f"2001:db8::{n:x}")

    # One of the network, and one of each name that was looked at.
    assert len(made) == 1 + sign_in.PER_ADDRESS


def test_forgets_no_guess_for_those_of_another_caller(known):
    for _ in range(sign_in.PER_NAME):
        _try()
    for n in range(400):
        _try(name=f"user{n}", address="2001:db8::1")

    assert _try(PASSWORD).status_code == 429


def test_counts_an_ipv6_network_as_one_caller(known):
    for n in range(sign_in.PER_NAME):
        _try(address=f"2001:db8::{n + 1:x}")

    assert _try(PASSWORD, address="2001:db8::ffff").status_code == 429
    assert _try(PASSWORD, address="2001:db8:1::1").status_code == 302


def test_forgives_those_who_sign_in(known):
    for _ in range(sign_in.PER_NAME * 2):
        assert _try(PASSWORD).status_code == 302


def test_slows_whoever_guesses_while_signed_in(known):
    nina = User.objects.create_user("nina", password=PASSWORD, is_staff=True)
    browser = Client()
    browser.force_login(nina)

    answers = [_try(browser=browser).status_code for _ in range(sign_in.PER_NAME)]

    assert set(answers) == {200}
    assert _try(PASSWORD, browser=browser).status_code == 429


def test_gives_back_no_guess_at_another_name(known):
    User.objects.create_user("nina", password=PASSWORD, is_staff=True)
    browser = Client()

    for _ in range(sign_in.PER_NAME):
        assert _try(browser=browser).status_code == 200
        assert _try(PASSWORD, name="nina", browser=browser).status_code == 302

    assert _try(PASSWORD, browser=browser).status_code == 429


@pytest.mark.parametrize(
    ("step", "password", "status"), [("incr", "wrong", 200), ("decr", PASSWORD, 302)]
)
def test_goes_on_when_a_counter_runs_out_meanwhile(
    known, monkeypatch, step, password, status
):
    def gone(key: str) -> int:
        raise ValueError

    monkeypatch.setattr(cache, step, gone)

    assert _try(password).status_code == status


def test_takes_an_address_that_is_none(known):
    assert _try(PASSWORD, address="").status_code == 302


def test_lets_only_superusers_make_operators(known, settings):
    clerk = User.objects.create_user("cleo", password=PASSWORD, is_staff=True)
    clerk.user_permissions.set([])
    boss, other = Client(), Client()
    boss.force_login(known)
    other.force_login(clerk)
    users = reverse("admin:auth_user_changelist")
    page = reverse("admin:auth_user_change", args=[clerk.pk])

    assert boss.get(users).status_code == 200
    assert boss.get(reverse("admin:auth_user_add")).status_code == 200
    assert 'name="is_superuser"' not in boss.get(page).text
    assert [other.get(address).status_code for address in (users, page)] == [403, 403]
    assert (
        boss.post(reverse("admin:auth_user_delete", args=[clerk.pk])).status_code == 403
    )


def test_makes_no_superuser_by_form(known):
    clerk = User.objects.create_user("cleo", password=PASSWORD, is_staff=True)
    boss = Client()
    boss.force_login(known)

    boss.post(
        reverse("admin:auth_user_change", args=[clerk.pk]),
        {"username": "cleo", "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )

    assert not User.objects.get(pk=clerk.pk).is_superuser
