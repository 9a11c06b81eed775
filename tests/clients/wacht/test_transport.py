"""How the SDK reads answers and errors, and which client asks (README: 2 and 3)."""

import pytest

from tests.clients import nodes

GROUPS = ["apps", "audit", "binding", "gateway", "keys", "schemes", "tickets"]


@pytest.fixture(scope="module")
def told(tell):
    return tell("tickets")


@pytest.mark.parametrize("group", GROUPS)
def test_gets_json_from_every_call_and_no_redirect(tell, acme_desk, group):
    wire = [one for seen in tell(group).values() for one in seen["wire"]]

    answered = [one for one in wire if one["origin"] == acme_desk.url]
    assert answered
    assert not [one for one in answered if one["status"] // 100 in {3, 5}]
    empty = [one for one in answered if one["status"] == 204]
    assert {(one["type"], one["length"]) for one in empty} <= {(None, 0)}
    full = [one for one in answered if one["status"] != 204]
    assert {one["type"] for one in full} == {"application/json"}
    assert all(one["length"] >= len("{}") for one in full)


@pytest.mark.parametrize(
    ("call", "kind", "status"),
    [
        ("400", "ValidationError", 400),
        ("401", "AuthenticationError", 401),
        ("403", "AuthorizationError", 403),
        ("404", "NotFoundError", 404),
        ("404:unrouted", "NotFoundError", 404),
        ("404:slash", "NotFoundError", 404),
        ("404:root", "NotFoundError", 404),
        ("405", "WachtError", 405),
        ("409", "ConflictError", 409),
        ("413", "WachtError", 413),
        ("415", "WachtError", 415),
        ("broken", "ValidationError", 400),
        ("nul", "NotFoundError", 404),
        # A backend key opens nothing of a customer's session.
        ("sessionRoute", "AuthenticationError", 401),
    ],
)
def test_reads_the_status_and_sentence_of_every_refusal(told, call, kind, status):
    assert nodes.refusal(told[call]) == (kind, status)


@pytest.mark.parametrize("call", ["health", "healthOfNobody", "pathOfBaseDropped"])
def test_reads_our_health(told, call):
    [request] = told[call]["wire"]

    assert told[call]["answer"]["status"] == "healthy"
    assert told[call]["answer"]["timestamp"].endswith("Z")
    assert request["path"] == "/health"  # A path in the base address is dropped.


# ---------------------------------------------------------------- left-out arguments

AFFECTED = [
    "getApiAuditAnalytics",
    "getApiAuditLogs",
    "getApiAuditTimeseries",
    "listApiAuthApps",
    "listApiKeys",
    "revokeApiKey",
]


@pytest.mark.parametrize("method", AFFECTED)
def test_asks_with_the_global_client_where_an_argument_is_left_out(tell, method):
    told = tell("binding")

    own = told[f"{method}:withOptions"]
    assert nodes.refusal(own) == ("AuthenticationError", 401)
    assert "error" not in told[f"{method}:withoutOptions"]


@pytest.mark.parametrize("method", AFFECTED)
def test_asks_nobody_while_there_is_no_global_client(tell, method):
    seen = tell("binding")[f"{method}:noGlobal"]

    assert (seen["error"], seen["wire"]) == ("Error", [])
    assert "initClient" in seen["message"]


@pytest.mark.parametrize("method", ["createSessionTicket", "listRateLimitSchemes"])
def test_asks_with_its_own_client_where_nothing_can_be_left_out(tell, method):
    seen = tell("binding")[f"{method}:own"]

    assert nodes.refusal(seen) == ("AuthenticationError", 401)


def test_asks_somebody_elses_gateway_without_its_address(tell):
    seen = tell("binding")["checkPrincipalAuthz:withoutOptions"]

    # Nothing was sent: the run lets nothing out.
    assert [one["origin"] for one in seen["wire"]] == ["https://gateway.wacht.dev"]
