"""Every proxy that we ship a configuration for, real, with a real API behind it."""

import httpx
import pytest

from tests.clients import guarded


@pytest.fixture
def made(proxy):
    """Make a key over the API, and ways to change it."""
    backend = {"Authorization": f"Bearer {proxy.desk.backend_key}"}
    with httpx.Client(base_url=f"{proxy.desk.url}/api-auth", headers=backend) as client:

        def post(path, **members):
            answer = client.post(path, json=members)
            assert answer.is_success, answer.text
            return answer.json()

        yield post


def key(made, name, app="aa_1", **members):
    return made(
        f"/apps/{app}/keys",
        name=f"{name} {id(made)}",
        organization_id="org_acme",
        owner_user_id="usr_ada",
        **members,
    )


def test_lets_a_good_key_pass_and_tells_the_api_whose_it_is(proxy, made):
    good = key(made, "Good", permissions=["reports:read"])

    answer = proxy.call(good["secret"], "/orders?page=2")

    seen = guarded.headers_seen(answer)
    assert guarded.seen(answer)["path"] == "/orders?page=2"
    assert seen["x-auth-key-id"] == good["id"]
    assert seen["x-auth-app"] == "aa_1"
    assert seen["x-auth-owner-kind"] == "organization"
    assert seen["x-auth-owner-id"] == "org_acme"
    assert seen["x-auth-organization-id"] == "org_acme"
    assert seen["x-auth-user-id"] == "usr_ada"
    assert seen["x-auth-deployment-id"] == good["deployment_id"]
    assert seen["x-auth-permissions"] == "reports:read"
    assert seen["x-auth-request-id"].startswith("req_")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_lets_every_method_pass_with_its_body(proxy, method):
    body = b"x" * 100_000 if method in {"POST", "PUT", "PATCH"} else None

    answer = proxy.call(proxy.desk.secret("good"), method=method, content=body)

    assert answer.status_code == 200
    if method != "HEAD":
        assert guarded.seen(answer)["method"] == method


def test_takes_a_key_from_the_second_place(proxy):
    answer = proxy.call(headers={"X-Api-Key": proxy.desk.secret("good")})

    assert answer.status_code == 200


def test_keeps_keys_from_the_api(proxy):
    seen = guarded.headers_seen(proxy.call(proxy.desk.secret("good")))

    assert "authorization" not in seen
    assert proxy.desk.gateway_key not in str(seen)
    assert not [name for name in seen if name.startswith("x-keyplate")]


@pytest.mark.parametrize("secret", ["", "nonsense", "acme_live_" + "0" * 40])
def test_turns_away_what_is_no_key(proxy, secret):
    answer = proxy.call(secret)

    assert answer.status_code == 401
    assert answer.json()["error"] == ("invalid_token" if secret else "missing_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_turns_away_a_key_that_does_not_exist(proxy, made):
    replaced = key(made, "Replaced")
    rotate = f"/apps/aa_1/keys/{replaced['id']}/rotate"
    fresh = made(rotate, overlap_seconds=0)

    assert proxy.call(replaced["secret"]).status_code == 401
    assert proxy.call(fresh["secret"]).status_code == 200


def test_turns_away_a_revoked_key_from_the_next_request_on(proxy, made):
    doomed = key(made, "Doomed")
    assert proxy.call(doomed["secret"]).status_code == 200

    made(f"/apps/aa_1/keys/{doomed['id']}/revoke")
    answer = proxy.call(doomed["secret"])

    assert (answer.status_code, answer.json()["error"]) == (403, "invalid_token")


def test_wants_the_permission_of_the_route(proxy):
    good, bare = (proxy.desk.secret(name) for name in ("good", "bare"))

    assert proxy.call(good, "/reports/7").status_code == 200
    answer = proxy.call(bare, "/reports/7")

    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert proxy.call(bare, "/orders").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/%72eports/7",
        "//reports/7",
        "/./reports/7",
        "/orders/../reports/7",
        "/orders/%2e%2e/reports/7",
        "/orders/..;/reports/7",
        "/orders%2F..%2Freports/7",
        "/%2Freports/7",
        "/reports%2F7",
    ],
)
def test_has_no_other_spelling_of_a_route_that_is_open(proxy, path):
    answer = proxy.call(proxy.desk.secret("bare"), path)

    assert answer.status_code in {400, 403}


def test_slows_down_who_asks_too_often(proxy, made):
    slug = f"aa_limited_{proxy.proxy.name}"
    rule = {"unit": "minute", "duration": 10, "max_requests": 2, "mode": "per_key"}
    made("/rate-limit-schemes", slug=slug, name="Two", rules=[rule])
    made(
        "/apps",
        app_slug=slug,
        name=slug,
        key_prefix="slow_live",
        rate_limit_scheme_slug=slug,
    )
    limited = key(made, "Limited", slug)["secret"]

    passed = [proxy.call(limited) for _ in range(2)]
    refused = proxy.call(limited)

    assert [one.status_code for one in passed] == [200, 200]
    assert (refused.status_code, refused.json()["error"]) == (429, "slow_down")
    # The window slides by a small part of itself at a time.
    assert 1 <= int(refused.headers["Retry-After"]) <= 620
    if proxy.proxy in {guarded.NGINX, guarded.ENVOY}:
        remaining = [one.headers["X-RateLimit-Remaining"] for one in passed]
        assert remaining == ["1", "0"]
    assert refused.headers["X-RateLimit-Limit"] == "2"
    assert refused.headers["X-RateLimit-Remaining"] == "0"


def test_tells_a_client_no_more_than_it_may_know(proxy):
    good, bad = proxy.call(proxy.desk.secret("good")), proxy.call("nonsense")

    for answer in (good, bad):
        assert not [name for name in answer.headers if name.startswith("x-auth")]


# ------------------------------------------------------------------------- disbelief

SPOOFED = {
    "X-Auth-Key-Id": "forged",
    "x-auth-user-id": "forged",
    "X-AUTH-PERMISSIONS": "forged",
    "X_Auth_Owner_Id": "forged",
    "X-Auth_Owner-Kind": "forged",
    "X-Auth-Organization_Id": "forged",
    "X-Auth-Code": "forged",
    "X-Auth-Error": "forged",
}


def test_lets_nobody_write_the_identity(proxy, made):
    owner = {"owner_user_id": None, "organization_id": None, "workspace_id": "ws_1"}
    bare = made("/apps/aa_1/keys", name=f"Spoofed {id(made)}", **owner)

    answer = proxy.call(bare["secret"], headers=SPOOFED)

    seen = guarded.headers_seen(answer)
    assert "forged" not in seen.values()
    assert seen["x-auth-key-id"] == bare["id"]
    assert seen.get("x-auth-user-id", "") == ""
    assert not [name for name in seen if "_" in name and "auth" in name]


@pytest.mark.parametrize(
    "forwarded",
    [
        {"X-Original-Method": "GET", "X-Original-URI": "/orders"},
        {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/orders"},
        {"X-Keyplate-Require": "reports:write"},
        {"X-Keyplate-Gateway-Key": "nobody's"},
        {"X-Original-Client-Ip": "192.0.2.1", "X-Forwarded-Host": "evil.example"},
    ],
)
def test_lets_nobody_say_what_the_proxy_says(proxy, forwarded):
    bare = proxy.desk.secret("bare")

    on_route = proxy.call(bare, "/reports/7", headers=forwarded)
    elsewhere = proxy.call(bare, "/orders", headers=forwarded)

    assert (on_route.status_code, elsewhere.status_code) == (403, 200)


def test_records_where_a_customer_really_is(proxy, made):
    honest = key(made, "Honest")

    for spoofed in ("", "203.0.113.7", "127.0.0.1", "203.0.113.7, 127.0.0.1"):
        headers = {"X-Forwarded-For": spoofed} if spoofed else {}
        answer = proxy.call(honest["secret"], "/orders/1?a=b", headers=headers)
        assert answer.status_code == 200

    backend = {"Authorization": f"Bearer {proxy.desk.backend_key}"}
    log = httpx.get(
        f"{proxy.desk.url}/api-auth/apps/aa_1/audit/logs",
        params={"key_id": honest["id"]},
        headers=backend,
    ).json()
    rows = log["data"]
    assert len(rows) == 4
    assert {row["client_ip"] for row in rows} == {guarded.CUSTOMER}
    assert {row["path"] for row in rows} == {"GET /orders/1"}


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key"])
def test_takes_no_two_keys_at_once(proxy, name):
    scheme = "Bearer " if name == "Authorization" else ""
    secrets = [proxy.desk.secret("good"), proxy.desk.secret("bare")]

    answer = proxy.call(headers=[(name, scheme + secret) for secret in secrets])

    assert answer.status_code in {400, 401}
