"""Verdicts of a real Keyplate."""

import pytest

from keyplate_client import Forbidden, Invalid, Unauthenticated

QUESTION = {
    "method": "GET",
    "resource": "/api/reports?page=2",
    "client_ip": "203.0.113.7",
    "user_agent": "curl",
}


def test_reads_a_verdict_that_allows(acme_desk, speak):
    keyplate = speak(acme_desk.url, acme_desk.gateway_key)

    verdict = keyplate.check(
        acme_desk.secret("good"), required_permissions=["reports:read"], **QUESTION
    )

    assert verdict
    assert (verdict.code, verdict.required) == ("valid", ("reports:read",))
    assert verdict.permissions == ("reports:read",)
    assert verdict.metadata == {"team": "data"}
    assert verdict.identity.organization_id == "org_acme"
    assert verdict.identity.owner_user_id == "usr_ada"
    assert verdict.key.id == verdict.identity.key_id
    assert acme_desk.secret("good").endswith(verdict.key.last_four)
    assert verdict.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("secret", "needed", "code"),
    [
        ("nonsense", [], "malformed"),
        ("good", ["reports:read", "nobody:has"], "permission_denied"),
        ("unknown", [], "unknown"),
    ],
)
def test_reads_a_verdict_that_refuses(acme_desk, speak, secret, needed, code):
    known = acme_desk.secret("good")
    given = {
        "nonsense": secret,
        "good": known,
        # Of another deployment's backend: well formed, and no key of a customer.
        "unknown": acme_desk.backend_key,
    }[secret]

    verdict = speak(acme_desk.url, acme_desk.gateway_key).check(
        given, required_permissions=needed, **QUESTION
    )

    assert (bool(verdict), verdict.code) == (False, code)
    assert verdict.message


def test_meets_a_refusal_of_its_own_key_as_an_error(acme_desk, speak):
    with pytest.raises(Unauthenticated):
        speak(acme_desk.url, "apb_nobody").check("k", **QUESTION)
    with pytest.raises(Forbidden):
        speak(acme_desk.url, acme_desk.backend_key).check(
            acme_desk.gateway_key, **QUESTION
        )


@pytest.mark.parametrize(
    ("member", "wrong"), [("method", "BREW"), ("resource", ""), ("client_ip", "home")]
)
def test_names_what_is_wrong_with_a_question(acme_desk, speak, member, wrong):
    keyplate = speak(acme_desk.url, acme_desk.gateway_key)

    with pytest.raises(Invalid) as refused:
        keyplate.check("k", **{**QUESTION, member: wrong})

    assert (refused.value.field, refused.value.status) == (member, 400)
    assert refused.value.request_id


def test_takes_no_lone_text_for_a_list(acme_desk, speak):
    keyplate = speak(acme_desk.url, acme_desk.gateway_key)

    with pytest.raises(TypeError, match="required_permissions"):
        keyplate.check("k", required_permissions="reports:read", **QUESTION)
