"""What the image starts, and what its engine asks of it."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import probe, server

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"KEYPLATE_SECRET_KEY": ""}, "KEYPLATE_SECRET_KEY is "),
        ({"KEYPLATE_TICKET_KEYS": ""}, "KEYPLATE_TICKET_KEYS "),
        ({"KEYPLATE_PEPPERS": "p1:short"}, "KEYPLATE_PEPPERS (p1) is too short"),
        ({"KEYPLATE_DATABASE_URL": "sqlite:////nowhere/at/all"}, "does not answer"),
    ],
)
def test_says_in_one_sentence_why_it_does_not_start(changed, said) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.server"],
        check=False,
        cwd=ROOT,
        env={**os.environ, **changed},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Keyplate cannot start")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
def test_migrates_and_becomes_uvicorn(monkeypatch, capsys) -> None:
    become = []
    monkeypatch.setattr(os, "execv", lambda *call: become.append(call))

    server.main()

    assert "No migrations to apply" in capsys.readouterr().out
    ((program, command),) = become
    assert program == sys.executable
    assert "config.asgi:application" in command
    assert "--no-access-log" in command
    assert command[command.index("--ws") + 1] == "none"


class Answering(http.server.BaseHTTPRequestHandler):
    """A server whose health is what the test says it is."""

    status = 200
    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(f"{self.headers['Host']}{self.path}")
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the test looks at what was seen."""


@pytest.fixture
def answering(monkeypatch) -> Iterator[type[Answering]]:
    """Something that listens where the probe asks."""
    handler = type("Handler", (Answering,), {"seen": []})
    listening = http.server.HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,)).start()
    monkeypatch.setenv("UVICORN_PORT", str(listening.server_port))
    monkeypatch.setenv("KEYPLATE_PUBLIC_URL", "https://keys.example.com")
    yield handler
    listening.shutdown()
    listening.server_close()


@pytest.mark.parametrize(("status", "verdict"), [(200, 0), (503, 1), (400, 1)])
def test_probe_judges_by_the_status(answering, status, verdict) -> None:
    answering.status = status

    assert probe.main() == verdict
    assert answering.seen == ["keys.example.com/health"]


def test_probe_finds_nobody(monkeypatch, capsys) -> None:
    monkeypatch.setenv("UVICORN_PORT", "1")

    assert probe.main() == 1
    assert "does not answer" in capsys.readouterr().out


def test_probe_without_an_address_is_unwell(monkeypatch, capsys) -> None:
    monkeypatch.delenv("KEYPLATE_PUBLIC_URL")

    assert probe.main() == 1
    assert "KEYPLATE_PUBLIC_URL" in capsys.readouterr().out
