"""Proxies on loopback, which the operator named, and which need no key."""

from ipaddress import ip_network

import pytest

from apiauth import gateway
from apiauth.api.gateway import failures
from tests import make
from tests.apiauth.api.gateway import asking


@pytest.fixture(autouse=True)
def _trusting(settings):
    settings.KEYPLATE_TRUSTED_PROXIES = [ip_network(asking.PROXY)]
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True
    failures.noted.forget()


@pytest.fixture(params=asking.KINDS, ids=lambda one: one.name)
def kind(request):
    return request.param


@pytest.fixture
def good(acme):
    """A key that may read reports."""
    return make.key(acme.app, permissions=["reports:read"])


@pytest.fixture
def passed(good):
    """A verdict that lets it pass."""
    question = gateway.ask(secret=good.secret, method="GET", resource="/orders")
    verdict = gateway.check(question)
    assert verdict.allowed
    return verdict
