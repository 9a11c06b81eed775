"""The two questions that hosts ask, ready to be asked."""

import pytest

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
