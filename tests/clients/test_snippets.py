"""The guides' code as a host developer pastes it, with only the address changed.

The endpoint of the second guide is examples/express_host, see test_hosts.py.
"""

import httpx
import pytest

from tests.clients import nodes


@pytest.fixture(scope="module")
def run(acme_desk):
    environment = {
        "KEYPLATE_URL": acme_desk.url,
        "WACHT_API_KEY": acme_desk.backend_key,
        "WACHT_BACKEND_API_KEY": acme_desk.backend_key,
    }
    return lambda name: nodes.run(f"snippets/{name}.mjs", environment=environment)


@pytest.fixture(scope="module")
def module_guide(run, acme_desk):
    """What the guide to the keys' module told; it takes a scheme for granted."""
    rule = {"unit": "minute", "duration": 1, "max_requests": 100}
    made = httpx.post(
        f"{acme_desk.url}/api-auth/rate-limit-schemes",
        json={"slug": "standard_tier", "name": "Standard tier", "rules": [rule]},
        headers={"Authorization": f"Bearer {acme_desk.backend_key}"},
    )
    assert made.status_code == 200
    return run("seed_003")


def test_makes_the_app_of_the_integration_guide(run):
    app = run("seed_001")["app"]

    assert (app["app_slug"], app["key_prefix"]) == ("aa_1042", "nwo_live")
    assert app["is_active"] is True


def test_makes_the_app_and_the_ticket_of_the_guide_to_hosted_pages(run):
    ticket = run("seed_002")["ticket"]

    frame = httpx.get(ticket["url"], headers={"Sec-Fetch-Dest": "iframe"})
    assert frame.status_code == 200
    assert "Create key" in frame.text


def test_makes_the_app_of_the_modules_guide(module_guide):
    app = module_guide["app"]

    assert (app["app_slug"], app["key_prefix"]) == ("weather-v2", "wk_live")
    assert app["organization_id"] == "org_abc123"
    assert app["rate_limits"][0]["max_requests"] == 100
    assert app in module_guide["apps"]
    assert module_guide["shown"] == app


def test_makes_and_lists_a_key_as_the_modules_guide_says(module_guide):
    record, listed = module_guide["keyRecord"], module_guide["keys"]

    assert record["secret"].startswith("wk_live_")
    assert record["owner_user_id"] == "usr_abc123"
    assert record["permissions"] == ["read:data", "write:data"]
    assert listed == [record["key"]]


def test_rotates_with_two_arguments_and_explains_one(module_guide):
    refusals, record = module_guide["refusals"], module_guide["keyRecord"]

    assert [refusal["name"] for refusal in refusals] == ["NotFoundError"] * 2
    assert all("two arguments" in refusal["message"] for refusal in refusals)
    assert module_guide["rotated"]["id"] == record["id"]
    assert module_guide["rotated"]["secret"] != record["secret"]
    assert module_guide["updated"]["description"] == "Forecasts"
