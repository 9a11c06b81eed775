"""A host's backend that manages keys."""

import json
from dataclasses import dataclass, field

import pytest
from django.test import Client

from tests import make

KEYS = "/api-auth/apps/aa_1/keys"


@dataclass(frozen=True, slots=True)
class Host:
    """Calls the backend API with one backend key; `None` as a body sends nothing."""

    client: Client
    headers: dict[str, str] = field(repr=False)

    def get(self, path=KEYS, **query):
        return self.client.get(path, query, headers=self.headers)

    def post(self, path, body=None, **headers):
        return self._send("POST", path, body, headers)

    def patch(self, path, body=None, **headers):
        return self._send("PATCH", path, body, headers)

    def create(self, token="", path=KEYS, **members):
        headers = {"Idempotency-Key": token} if token else {}
        return self.post(path, {"name": "CI", **members}, **headers)

    def _send(self, method, path, body, headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            method,
            path,
            b"" if body is None else raw,
            content_type="" if body is None else "application/json",
            headers={**self.headers, **headers},
        )


@pytest.fixture
def host(client, acme):
    return Host(client, acme.bearer)


@pytest.fixture
def key(ci_key):
    """A key of acme's; its address is `path_of(key)`."""
    return ci_key.key


@pytest.fixture
def host_with(client, acme):
    """A host's backend whose key has these scopes and reaches these apps."""

    def with_key(*scopes, of=acme.deployment, **settings):
        minted = make.backend_key(of, *scopes, **settings)
        return Host(client, {"Authorization": f"Bearer {minted.secret}"})

    return with_key


@pytest.fixture(
    params=["absent", "foreign", "beyond", "malformed", "other app", "spelled"]
)
def hidden(request, acme, globex, key):
    """Where a key might be, as far as acme's backend may know."""
    other = make.app(acme.deployment, "aa_2")
    theirs = make.key(globex.app).key
    return {
        "absent": f"{KEYS}/0192f3a4-5b6c-7d8e-9fa0-b1c2d3e4f506",
        "foreign": f"{KEYS}/{theirs.pk}",
        "beyond": f"/api-auth/apps/{other.app_slug}/keys/{key.pk}",
        "malformed": f"{KEYS}/%5Bobject%20Object%5D",
        "other app": f"{KEYS}/{make.key(other).key.pk}",
        "spelled": f"{KEYS}/{key.pk.hex}",
    }[request.param]
