"""A wrong environment stops the start with a sentence."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from devtools.paths import ROOT

GOOD = secrets.token_urlsafe(48)
OTHER = secrets.token_urlsafe(48)
NAME = "KEYPLATE_TESTED"
KINDS = ("header", "query", "cookie")
WEAK = [
    ("", "too short"),
    ("hunter2", "too short"),
    ("x" * 64, "placeholder"),
    ("ab" * 32, "placeholder"),
    ("0123456789" * 6, "placeholder"),
    ("change-me-please-" + GOOD, "placeholder"),
    ("django-insecure-" + GOOD, "placeholder"),
    ("EXAMPLE" + GOOD, "placeholder"),
    ("your-secret-here" + GOOD, "placeholder"),
    ("default" + GOOD, "placeholder"),
]


@pytest.fixture(params=["variable", "file"])
def given(request, monkeypatch, tmp_path):
    """Give a value: as a variable, or as a file that a variable names."""

    def give(value, name=NAME):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
        if request.param == "variable":
            monkeypatch.setenv(name, value)
            return
        path = tmp_path / name
        path.write_text(f"{value}\n")
        monkeypatch.setenv(f"{name}_FILE", str(path))

    return give


# ---------------------------------------------------------------- secrets and rings


def test_reads_a_secret(given):
    given(GOOD)

    assert env.secret(NAME) == GOOD


@pytest.mark.parametrize(("value", "said"), WEAK)
def test_refuses_a_weak_secret(given, value, said):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=said) as refusal:
        env.secret(NAME)

    assert NAME in str(refusal.value)
    assert not value or value not in str(refusal.value)


@pytest.mark.parametrize("read", [env.secret, env.ring, env.text, env.origin])
def test_refuses_a_missing_value(monkeypatch, read):
    monkeypatch.delenv(NAME, raising=False)

    with pytest.raises(ImproperlyConfigured, match=f"{NAME} is not set"):
        read(NAME)


def test_reads_a_ring_oldest_first(given):
    given(f"k1:{GOOD}, k2:{OTHER}")

    assert env.ring(NAME) == [("k1", GOOD), ("k2", OTHER)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "must hold"),
        (",", "must hold"),
        (GOOD, "comma list of id:secret"),
        (f":{GOOD}", "comma list of id:secret"),
        (f"k 1:{GOOD}", "comma list of id:secret"),
        (f"{'k' * 33}:{GOOD}", "comma list of id:secret"),
        ("k1:short", "too short"),
        ("k1:", "too short"),
        ("k1:" + "x" * 64, "placeholder"),
        (f"k1:{GOOD},k2", "comma list of id:secret"),
        (f"k1:{GOOD},k1:{OTHER}", "each id once"),
        (",".join(f"k{n}:{secrets.token_urlsafe(48)}" for n in range(4)), "three"),
    ],
)
def test_refuses_a_malformed_ring(given, value, said):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=said) as refusal:
        env.ring(NAME)

    assert GOOD not in str(refusal.value)


@pytest.mark.parametrize(
    ("held", "repeats"),
    [
        ({"A": GOOD, "B": [("k1", OTHER)]}, False),
        ({"A": GOOD, "B": [("k1", GOOD)]}, True),
        ({"A": [("k1", GOOD)], "B": [("k1", OTHER), ("k2", GOOD)]}, True),
        ({"A": [("k1", GOOD), ("k2", GOOD)]}, True),
    ],
)
def test_refuses_one_secret_for_two_purposes(held, repeats):
    if not repeats:
        env.require_distinct(**held)
        return
    with pytest.raises(ImproperlyConfigured, match="repeats a value of") as refusal:
        env.require_distinct(**held)
    assert GOOD not in str(refusal.value)


@pytest.mark.parametrize(("value", "count"), [("", 0), (f"{GOOD},{OTHER}", 2)])
def test_reads_older_secrets(given, value, count):
    given(value)

    assert len(env.older_secrets(NAME)) == count


def test_refuses_a_weak_older_secret(given):
    given(f"{GOOD},hunter2")

    with pytest.raises(ImproperlyConfigured, match="too short"):
        env.older_secrets(NAME)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_refuses_a_file_that_cannot_be_read(monkeypatch, tmp_path, content):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(path))

    with pytest.raises(ImproperlyConfigured, match="cannot be read") as refusal:
        env.secret(NAME)

    assert str(path) in str(refusal.value)


def test_a_file_wins_over_a_variable(monkeypatch, tmp_path):
    path = tmp_path / "secret"
    path.write_text(GOOD)
    monkeypatch.setenv(NAME, OTHER)
    monkeypatch.setenv(f"{NAME}_FILE", str(path))

    assert env.secret(NAME) == GOOD


# ------------------------------------------------------------------ other readers


@pytest.mark.parametrize(
    ("value", "meant"), [("true", True), ("1", True), ("no", False), ("0", False)]
)
def test_reads_yes_and_no(given, value, meant):
    given(value)

    assert env.flag(NAME, default=not meant) is meant


@pytest.mark.parametrize("value", ["maybe", "2", "", "truе"])  # noqa: RUF001 - Cyrillic
def test_refuses_neither_yes_nor_no(given, value):
    given(value)

    with pytest.raises(ImproperlyConfigured, match="true or false"):
        env.flag(NAME, default=False)


@pytest.mark.parametrize(
    ("value", "said"),
    [("x", "a whole number"), ("1.5", "a whole number"), ("0", "from 1 to 9")],
)
def test_refuses_numbers_out_of_bounds(given, value, said):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=said):
        env.number(NAME, default=5, least=1, most=9)


@pytest.mark.parametrize(("value", "meant"), [("7", 7), (None, 5)])
def test_reads_numbers(monkeypatch, value, meant):
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)

    assert env.number(NAME, default=5, least=1, most=9) == meant


@pytest.mark.parametrize(
    ("value", "allowed"), [("info", True), ("ERROR", True), ("loud", False)]
)
def test_reads_one_of_a_few_words(given, value, allowed):
    given(value)

    if allowed:
        assert env.choice(NAME, "INFO", ("INFO", "ERROR")) == value.upper()
        return
    with pytest.raises(ImproperlyConfigured, match="one of INFO, ERROR"):
        env.choice(NAME, "INFO", ("INFO", "ERROR"))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, [("header", "x-a"), ("header", "x-b")]),
        ("header:X-Api-Key", [("header", "x-api-key")]),
        (" query:Key , cookie:Key ", [("query", "Key"), ("cookie", "Key")]),
        ("header:a,query:a,cookie:a", [(kind, "a") for kind in KINDS]),
    ],
)
def test_reads_places_in_their_order(monkeypatch, value, found):
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)

    assert env.places(NAME, "header:x-a,header:x-b") == found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "one place at least"),
        (",", "one place at least"),
        ("header:a,header:A", "each once"),
        ("authorization", "header:name"),
        ("header:", "header:name"),
        ("Header:a", "header:name"),
        ("body:a", "header:name"),
        ("header:a b", "header:name"),
        ("header:a:b", "header:name"),
        ("query:é", "header:name"),
        (f"query:{'a' * 65}", "header:name"),
    ],
)
def test_refuses_what_is_no_place(given, value, said):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=said):
        env.places(NAME, "header:authorization")


@pytest.mark.parametrize(
    "value", ["https://keys.example.com", "http://127.0.0.1:8000", "https://[::1]:8443"]
)
def test_reads_its_address(given, value):
    given(f"{value}/")

    assert env.origin(NAME) == value


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("https://keys.example.com:443", "https://keys.example.com"),
        ("http://keys.example.com:80/", "http://keys.example.com"),
        ("http://keys.example.com:443", "http://keys.example.com:443"),
        ("HTTPS://Keys.Example.COM:8443", "https://keys.example.com:8443"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_reads_its_address_as_browsers_send_it(given, value, sent):
    given(value)

    assert env.origin(NAME) == sent


@pytest.mark.parametrize(
    "value",
    [
        "keys.example.com",
        "https://*.example.com",
        "https://keys.example.com:0",
        "https://bücher.example",
        "ftp://keys.example.com",
        "https://",
        "https://keys.example.com/path",
        "https://keys.example.com?x=1",
        "https://keys.example.com#x",
        "https://ada@keys.example.com",
        "https://keys.example.com:port",
        "https://keys.example.com:99999",
        "https://[::1",
    ],
)
def test_refuses_what_is_no_address(given, value):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.origin(NAME)


# ------------------------------------------------------------- database and cache


@pytest.fixture
def nothing_else(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_reads_sqlite_with_one_writer_at_a_time(given, nothing_else):
    given("sqlite:////data/keyplate.sqlite3")

    found = env.database(NAME, default="")

    assert found["NAME"] == "/data/keyplate.sqlite3"
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]
    assert found["TEST"]["NAME"] != found["NAME"]


def test_reads_postgresql_with_a_pool_and_limits(given, nothing_else):
    given("postgresql://kp:word@db:5433/keyplate?sslmode=require")

    found = env.database(NAME, default="")

    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db", 5433, "keyplate")
    assert found["OPTIONS"]["pool"]["timeout"] == 5.0
    assert "lock_timeout=5000" in found["OPTIONS"]["options"]
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["CONN_HEALTH_CHECKS"]


def test_falls_back_to_the_common_name_and_then_to_the_default(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///common.sqlite3")
    assert env.database(NAME, default="")["NAME"] == "common.sqlite3"
    monkeypatch.delenv("DATABASE_URL")

    assert env.database(NAME, default="sqlite:///own")["NAME"] == "own"


@pytest.mark.parametrize(
    "value",
    [
        "keyplate.sqlite3",
        "mysql://kp:word@db/keyplate",
        "oracle://kp:word@db/keyplate",
        "postgresql://kp:word@db:port/keyplate",
        "postgresql://kp:word@db",
        "nonsense://kp:word@db/x",
        "://",
    ],
)
def test_refuses_other_databases(given, nothing_else, value):
    given(value)

    with pytest.raises(ImproperlyConfigured) as refusal:
        env.database(NAME, default="")

    assert NAME in str(refusal.value)
    assert "kp:word" not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "backend"), [("", "LocMemCache"), ("redis://localhost", "RedisCache")]
)
def test_reads_a_cache(given, value, backend):
    given(value)

    assert str(env.cache(NAME)["BACKEND"]).endswith(backend)


def test_has_room_for_many_counters_in_memory(given):
    given("")

    assert env.cache(NAME)["OPTIONS"] == {"MAX_ENTRIES": 20_000}


def test_refuses_other_caches(given):
    given("memcached://localhost")

    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.cache(NAME)


# ------------------------------------------------------------------- static files


@pytest.mark.parametrize("value", ["", "  ", "\t"])
def test_takes_an_empty_folder_for_none(given, tmp_path, value):
    given(value)

    found = env.published(NAME, default=tmp_path / "own", private=[tmp_path])

    assert found == tmp_path / "own"


def test_reads_what_may_be_published(given, tmp_path):
    given(str(tmp_path / "static"))
    private = [tmp_path, tmp_path / "static-not", Path()]

    found = env.published(NAME, default=tmp_path / "own", private=private)

    assert found == tmp_path / "static"


@pytest.mark.parametrize("value", ["{}", "{}/", "{}/..", "{}/x/..", "/", "{}/link"])
def test_publishes_nothing_private(given, tmp_path, value):
    tmp_path.joinpath("link").symlink_to(tmp_path)
    private = tmp_path / "keyplate.sqlite3"
    given(value.format(tmp_path))

    with pytest.raises(ImproperlyConfigured, match=f"{NAME} names") as refusal:
        env.published(NAME, default=tmp_path / "own", private=[private])

    assert str(private) in str(refusal.value)


@pytest.mark.parametrize("value", [".", "..", "./static/.."])
def test_does_not_publish_where_it_was_started(given, monkeypatch, tmp_path, value):
    tmp_path.joinpath("static").mkdir()
    monkeypatch.chdir(tmp_path)
    given(value)

    with pytest.raises(ImproperlyConfigured, match="would be published"):
        env.published(NAME, default=tmp_path / "own", private=[Path()])


def test_does_not_publish_files_with_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("KEYPLATE_PEPPERS_FILE", str(tmp_path / "secrets" / "peppers"))
    monkeypatch.setenv(NAME, str(tmp_path))

    with pytest.raises(ImproperlyConfigured, match="secrets/peppers"):
        env.published(NAME, default=Path("own"), private=[])


# --------------------------------------------------------------------- all together


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KEYPLATE_SECRET_KEY", "", "too short"),
        ("KEYPLATE_TICKET_KEYS", f"k1:{'x' * 50}", "placeholder"),
        ("KEYPLATE_PEPPERS", "p1", "comma list"),
        ("KEYPLATE_PEPPERS", os.environ["KEYPLATE_TICKET_KEYS"], "repeats a value"),
        ("KEYPLATE_SECRET_KEY_FALLBACKS", "old", "too short"),
        ("KEYPLATE_PUBLIC_URL", "keys.example.com", "must look like https://"),
        ("KEYPLATE_DATABASE_URL", "mysql://kp:word@db/x", "SQLite or PostgreSQL"),
        ("KEYPLATE_CACHE_URL", "memcached://x", "redis://"),
        ("KEYPLATE_CACHE_URL", "redis://[::1", "redis://"),
        ("KEYPLATE_CACHE_URL", "redis://here:99999", "redis://"),
        ("KEYPLATE_STATIC_ROOT", ".", "would be published"),
        ("KEYPLATE_STATIC_ROOT", "var", "would be published"),
        ("KEYPLATE_STATIC_ROOT", "/", "would be published"),
        ("KEYPLATE_TRUSTED_PROXIES", "10.0.0.0/99", "addresses or networks"),
        ("KEYPLATE_GATEWAY_CREDENTIALS", "authorization", "header:name"),
        ("KEYPLATE_DEBUG", "perhaps", "true or false"),
        ("KEYPLATE_LOG_LEVEL", "loud", "must be one of"),
    ],
)
def test_settings_do_not_load(name, value, said):
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        check=False,
        cwd=ROOT,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
    )

    last_line = done.stderr.strip().rpartition("\n")[2]
    assert done.returncode == 1
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured: KEYPLATE")
    assert name in last_line
    assert said in last_line


@pytest.mark.parametrize(
    ("root", "refused"), [("", False), ("data/static", False), ("data", True)]
)
def test_settings_keep_a_database_from_being_published(tmp_path, root, refused):
    database = tmp_path / "data" / "keyplate.sqlite3"
    more = {
        "KEYPLATE_DATABASE_URL": f"sqlite:///{database}",
        "KEYPLATE_STATIC_ROOT": root,
        "PYTHONPATH": str(ROOT),
    }

    done = subprocess.run(
        [sys.executable, "-c", "from config.settings import *; print(STATIC_ROOT)"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
    )

    assert (str(database) in done.stderr) is refused
    assert done.stdout.strip() == ("" if refused else root or f"{ROOT}/staticfiles")


def test_settings_know_the_address_as_browsers_send_it():
    show = "print(CSRF_TRUSTED_ORIGINS, SESSION_COOKIE_SECURE)"

    done = subprocess.run(
        [sys.executable, "-c", f"from config.settings import *; {show}"],
        check=True,
        cwd=ROOT,
        env={**os.environ, "KEYPLATE_PUBLIC_URL": "HTTPS://Keys.Example.com:443"},
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "['https://keys.example.com'] True"
