"""What a host's backend asks, ready to be asked."""

import json

import pytest

from tests import make


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
