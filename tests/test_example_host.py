"""The example host's client and answers: what people will copy has to be right."""

import http.server
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from apiauth import gateway
from devtools.paths import ROOT

HOST = ROOT / "examples" / "django_host"
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "northwind.settings",
    "KEYPLATE_URL": "http://127.0.0.1:9",
    "KEYPLATE_PORTAL_ORIGIN": "http://keyplate.localhost:9",
    "KEYPLATE_APP_SLUG": "aa_1",
    "KEYPLATE_BACKEND_KEY": "b",
    "KEYPLATE_GATEWAY_KEY": "g",
    "NORTHWIND_ORIGIN": "https://shop.example",
    "NORTHWIND_ALLOWED_HOSTS": "shop.example",
    "NORTHWIND_SECRET_KEY": "x" * 50,
}
QUESTION = {
    "method": "GET",
    "resource": "/api/reports",
    "client_ip": "203.0.113.7",
    "user_agent": "curl",
    "required": ["reports:read"],
}


@dataclass(slots=True)
class Keyplate:
    """Answers everything with what it was told; remembers what was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    delay: float = 0
    asked: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def says(self, status: int, **members: object) -> None:
        self.status, self.body = status, json.dumps(members).encode()


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "northwind_keyplate", HOST / "northwind" / "keyplate.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


client = _load()


@pytest.fixture
def keyplate() -> Iterator[Keyplate]:
    told = Keyplate()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked = json.loads(self.rfile.read(length))
            told.asked.append((self.path, self.headers["Authorization"], asked))
            time.sleep(told.delay)
            self.send_response(told.status)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()


def _desk(keyplate: Keyplate) -> object:
    return client.Desk(url=keyplate.url, key="apb_key", app_slug="aa_1")


def test_asks_for_a_ticket_with_its_key_and_app(keyplate):
    keyplate.says(200, ticket="t", url="u")

    answer = client.ticket(_desk(keyplate), user_id="usr_ada")

    assert answer == {"ticket": "t", "url": "u"}
    path, key, asked = keyplate.asked[0]
    assert (path, key) == ("/session/tickets", "Bearer apb_key")
    assert (asked["api_auth_app_slug"], asked["user_id"]) == ("aa_1", "usr_ada")


def test_tells_a_refused_ticket_by_its_code(keyplate):
    keyplate.says(403, code="tenant_suspended", message="Closed.")

    with pytest.raises(client.TicketRefused) as refusal:
        client.ticket(_desk(keyplate))

    assert (refusal.value.code, str(refusal.value)) == ("tenant_suspended", "Closed.")


def test_reads_a_verdict(keyplate):
    keyplate.says(
        200, allowed=True, code="valid", identity={"organization_id": "org_acme"}
    )

    verdict = client.check(_desk(keyplate), "secret", **QUESTION)

    assert verdict.allowed
    assert verdict.organization_id == "org_acme"
    assert keyplate.asked[0][2]["principal"] == {"type": "api_key", "value": "secret"}


def test_reads_a_refusal_with_another_status(keyplate):
    keyplate.says(401, allowed=False, code="revoked", identity=None)

    verdict = client.check(_desk(keyplate), "secret", **QUESTION)

    assert (verdict.allowed, verdict.code) == (False, "revoked")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"code": "unauthenticated", "message": "A gateway key is needed."}'),
        (200, b'{"allowed": "yes"}'),
        (502, b"<html>Bad gateway</html>"),
        (200, b"[true]"),
        (200, b""),
    ],
)
def test_takes_nothing_else_for_a_verdict(keyplate, status, body):
    keyplate.status, keyplate.body = status, body

    with pytest.raises(client.Unavailable):
        client.check(_desk(keyplate), "secret", **QUESTION)


def test_does_not_wait_for_ever(keyplate, monkeypatch):
    monkeypatch.setattr(client, "CHECK_SECONDS", 0.1)
    keyplate.delay = 0.5

    with pytest.raises(client.Unavailable):
        client.check(_desk(keyplate), "secret", **QUESTION)


def test_says_so_when_nobody_is_there():
    nobody = client.Desk(url="http://127.0.0.1:9", key="k")

    with pytest.raises(client.Unavailable):
        client.ticket(nobody)


def _in_host(code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        cwd=HOST,
        env={"PATH": os.environ["PATH"], **SETTINGS, **changes},
        capture_output=True,
        check=False,
        text=True,
    )


def test_its_api_knows_every_refusal_of_the_gateway():
    done = _in_host(
        "import json; from northwind import api; "
        "print(json.dumps({c: s for c, (s, _) in api.SENTENCES.items()}))"
    )

    known = json.loads(done.stdout)
    later = {"policy_violation", "network_forbidden", "resource_forbidden"}
    assert {str(code) for code in gateway.Code} - set(known) == later | {"valid"}
    assert known["revoked"] == 403


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"DJANGO_SETTINGS_MODULE"}))
def test_names_the_setting_that_is_missing(name):
    done = _in_host("pass", **{name: ""})

    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr
