"""The configurations that we ship say what the code says."""

import re
import subprocess

import pytest
import yaml

from apiauth.api.gateway.dialects import answering, asking
from tests.clients import guarded

IDENTITY = set(answering.IDENTITY)


def text(folder, *names):
    read = ((guarded.EXAMPLES / folder / name).read_text() for name in names)
    return "\n".join(read).lower()


def settings(*names):
    return [yaml.safe_load(text("gateway_traefik", name)) for name in names]


def test_hands_nginx_every_identity_header_and_overwrites_it():
    guard = text("gateway_nginx", "keyplate/guard.conf")

    for name in IDENTITY:
        variable = name.removeprefix("x-auth-").replace("-", "_")
        source = f"$upstream_http_{name.replace('-', '_')}"
        assert f"auth_request_set $keyplate_{variable} {source};" in guard
        assert f"proxy_set_header {name} $keyplate_{variable};" in guard


def test_nginx_may_use_the_folder_that_its_guide_makes(tmp_path):
    guide = (guarded.EXAMPLES / "gateway_nginx" / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    [steps] = [block for block in blocks if "key.conf" in block]
    steps = "umask 022\n" + steps.partition("python3 api.py")[0]
    (tmp_path / "keyplate").mkdir()

    subprocess.run(["/bin/sh", "-euc", steps], cwd=tmp_path, check=True)

    # Started by root, its workers are somebody else; the key is for nobody else.
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "keyplate" / "key.conf").stat().st_mode & 0o777 == 0o600


def test_hands_caddy_and_envoy_every_identity_header():
    caddy = re.search(r"copy_headers (.*)", text("gateway_caddy", "Caddyfile"))
    envoy = yaml.safe_load(text("gateway_envoy", "envoy.yaml"))

    assert set(caddy[1].split()) == IDENTITY
    [patterns] = found(envoy, "allowed_upstream_headers")
    assert {one["exact"] for one in patterns["patterns"]} == IDENTITY


def found(node, name):
    """Every value of this name, wherever it is."""
    if isinstance(node, dict):
        if name in node:
            yield node[name]
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from found(one, name)


# ------------------------------------------------------------- Traefik, in many places


@pytest.fixture
def traefik():
    [dynamic] = settings("dynamic.yaml")
    return dynamic["http"]


def test_keeps_traefiks_middlewares_in_their_order(traefik):
    asked = {"keyplate", "keyplate-reports"}

    for router in traefik["routers"].values():
        before, middle, after = router["middlewares"]
        assert (before, after) == ("keyplate-before", "keyplate-after")
        assert middle in asked
        assert router["service"] in traefik["services"]
        assert {before, middle, after} <= set(traefik["middlewares"])


def test_asks_by_traefik_where_the_dialect_is(traefik):
    asking_ones = [
        one["forwardauth"]
        for one in traefik["middlewares"].values()
        if "forwardauth" in one
    ]

    assert len(asking_ones) == 2
    for one in asking_ones:
        address, _, query = one["address"].partition("?")
        assert address.endswith("/gateway/forward-auth")
        assert query in {"", "require=reports:read"}
        assert one["trustforwardheader"] is False
        pattern = re.compile(one["authresponseheadersregex"])
        assert all(pattern.match(name) for name in IDENTITY)
        assert all(pattern.match(n) for n in ("X_Auth_User_Id", "x-auth_user-id"))
        assert not pattern.match("authorization")


def test_lets_traefik_set_what_clients_may_not(traefik):
    before = traefik["middlewares"]["keyplate-before"]["headers"]
    after = traefik["middlewares"]["keyplate-after"]["headers"]
    hidden = before["customresponseheaders"]

    assert "keyplate_gateway_key" in before["customrequestheaders"][asking.GATEWAY_KEY]
    assert before["customrequestheaders"][asking.REQUIRE_HEADER] == ""
    assert IDENTITY | {answering.CODE, answering.ERROR} <= set(hidden)
    assert {*hidden.values()} == {*after["customrequestheaders"].values()} == {""}
    gone = {"authorization", "x-api-key", asking.GATEWAY_KEY, answering.CODE}
    assert gone <= set(after["customrequestheaders"])


def test_lets_traefik_read_the_other_half(traefik):
    [static] = settings("traefik.yaml")

    assert static["providers"]["file"]["filename"] == "dynamic.yaml"
    used = {
        entry for one in traefik["routers"].values() for entry in one["entrypoints"]
    }
    assert used == set(static["entrypoints"])
