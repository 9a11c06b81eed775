"""What goes wrong on the operator's side: nothing passes, and no customer is blamed."""

from dataclasses import replace

import httpx
import pytest

from devtools import server
from tests.clients import guarded


@pytest.mark.parametrize("kind", guarded.PROXIES, ids=lambda one: one.name)
def test_lets_nobody_in_without_a_verdict(kind, acme, api_port, tmp_path):
    nowhere = replace(acme, url=f"http://127.0.0.1:{server.free_port()}")

    with guarded.running(kind, nowhere, api_port=api_port, folder=tmp_path) as proxy:
        answer = proxy.call(acme.secret("good"))

    # Traefik has a word of its own for it.
    assert answer.status_code == (500 if kind is guarded.TRAEFIK else 503)


@pytest.mark.parametrize("kind", guarded.PROXIES, ids=lambda one: one.name)
@pytest.mark.parametrize("which", ["nobody's", "without the scope"])
def test_blames_no_customer_for_the_proxys_own_key(
    kind, which, acme, api_port, tmp_path
):
    wrong = acme.backend_key if which == "without the scope" else "apb_nobody"
    with guarded.running(
        kind, acme, api_port=api_port, folder=tmp_path, gateway_key=wrong
    ) as proxy:
        answer = proxy.call(acme.secret("good"))

    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert "Retry-After" in answer.headers
    assert wrong not in answer.text


@pytest.mark.parametrize("place", ["nginx", "forward-auth", "envoy/orders"])
def test_believes_nobody_who_is_not_named(place, acme):
    stranger = httpx.HTTPTransport(local_address=guarded.CUSTOMER)
    forwarded = {
        "Authorization": f"Bearer {acme.secret('good')}",
        "X-Keyplate-Gateway-Key": acme.gateway_key,
        "X-Original-Method": "GET",
        "X-Original-URI": "/orders",
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": "/orders",
        "X-Forwarded-For": "127.0.0.1",
    }
    with httpx.Client(transport=stranger, headers=forwarded) as client:
        answer = client.get(f"{acme.url}/gateway/{place}")

    assert answer.status_code == 403
    assert answer.json()["code"] == "untrusted_proxy"
    assert "KEYPLATE_TRUSTED_PROXIES" in answer.json()["message"]
    assert answer.headers["X-Auth-Key-Id"] == ""
