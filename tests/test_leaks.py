"""The search for secrets finds them."""

import os
import sqlite3
from contextlib import closing

import pytest
from django.contrib.auth.models import Permission

from apiauth import credentials, envelopes
from apiauth.models import Key
from devtools import evidence
from tests import leaks, tables

SECRET = credentials.make_secret("acme_live")


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        credentials.make_secret("apb"),
        credentials.make_secret("aps"),
        credentials.make_secret("apc"),
        credentials.make_secret("a" * 31),
        envelopes.seal("aa_1"),
    ],
)
@pytest.mark.parametrize(
    "around",
    ["{}", 'x="{}"', "?ticket={}&y", "line\\n{}", "a_{}b", "ä{}ä", "long" * 20],
)
def test_finds_whatever_is_around_it(secret, around):
    text = around.format(secret) if "{}" in around else around + secret

    assert leaks.found_in(text.encode())
    assert leaks.found_in(text.encode("utf-16"))


def test_shows_what_it_finds_in_part():
    [shown] = leaks.found_in(f"{SECRET} {SECRET}".encode())

    assert SECRET.startswith(shown.rstrip("…"))
    assert len(shown) < 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme_live_····k9Qe",
        SECRET[:-1],
        SECRET[:-1] + ("a" if SECRET[-1] != "a" else "b"),
        SECRET.swapcase(),
        "apt.[redacted]",
        "commit_" + "0123456789" * 4,
        "aa_1.apt.short",
    ],
)
def test_leaves_others_alone(text):
    assert leaks.found_in(text.encode()) == []


def test_searches_the_database(ci_key):
    Key.objects.update(name=f"For {ci_key.secret}")

    [found] = tables.leaked()

    assert found.startswith("apiauth_key: acme_live_")
    Key.objects.update(name="For nobody")
    assert tables.leaked() == []


def test_searches_what_migrating_made_as_well(ci_key):
    Permission.objects.filter(codename="view_key").update(name=ci_key.secret)

    assert [one.partition(":")[0] for one in tables.leaked()] == ["auth_permission"]

    Permission.objects.filter(codename="view_key").update(name="Can view key")


def test_keeps_and_searches_a_servers_database(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "FOLDER", tmp_path / "kept")
    database = tmp_path / "keyplate.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE kept (name TEXT)")
        connection.execute("INSERT INTO kept VALUES (?)", [SECRET])
        connection.commit()

    evidence.keep_server(
        "s", log=tmp_path / "none", database_url=f"sqlite:///{database}"
    )

    found, size = leaks.in_files(tmp_path / "kept")
    assert found
    assert size > 1000


@pytest.mark.parametrize(
    ("content", "status"), [("a line", 0), (f"a line with {SECRET}", 1), (None, 1)]
)
def test_fails_for_a_secret_and_for_nothing_to_see(
    tmp_path, monkeypatch, capsys, content, status
):
    if content is not None:
        (tmp_path / "server.log").write_text(content)
    monkeypatch.setattr("sys.argv", ["leaks", str(tmp_path)])

    assert leaks.main() == status

    assert SECRET not in capsys.readouterr().err


@pytest.mark.parametrize(("text", "status"), [(SECRET, 1), ("nothing", 0)])
def test_is_a_program_of_its_own(tmp_path, monkeypatch, text, status):
    monkeypatch.setattr(evidence, "FOLDER", tmp_path)
    (tmp_path / "log").write_text(text)
    # As it is started at the end of a run, where no settings are.
    for name in [
        name for name in os.environ if name.startswith(("KEYPLATE", "DJANGO"))
    ]:
        monkeypatch.delenv(name)

    assert evidence.search() == status
