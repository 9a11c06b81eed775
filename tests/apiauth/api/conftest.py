"""What hosts ask, ready to be asked."""

import json

import pytest

from tests import make
from tests.apiauth.api import bodies


@pytest.fixture
def issue(client, acme):
    def post(body=None, bearer=acme.bearer, **members):
        wanted = {**bodies.LEAST_TICKET, **members} if body is None else body
        return bodies.post(client, "/session/tickets", wanted, **bearer)

    return post


@pytest.fixture
def check(client, acme, ci_key):
    """Ask with acme's backend key about acme's key; `body` replaces the question."""

    def post(secret=ci_key.secret, bearer=acme.bearer, body=None, more=(), **members):
        question = {
            "principal": {"type": "api_key", "value": secret},
            "method": "GET",
            "resource": "/reports",
            **members,
        }
        return bodies.post(
            client,
            "/v1/authz/check",
            question if body is None else body,
            **bearer,
            **dict(more),
        )

    return post


@pytest.fixture
def ask(client, acme):
    """Call one operation of the backend API, as acme's backend unless said otherwise.

    `body` is JSON, or bytes as they are.
    """

    def call(method, path, body=None, bearer=acme.bearer):
        headers = {"headers": bearer}
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body)
            headers |= {"data": raw, "content_type": "application/json"}
        return client.generic(method, path, **headers)

    return call


@pytest.fixture
def bound(acme):
    """The bearer of a backend key that is bound to acme's one app."""
    minted = make.backend_key(acme.deployment, apps=[acme.app])
    return {"Authorization": f"Bearer {minted.secret}"}
