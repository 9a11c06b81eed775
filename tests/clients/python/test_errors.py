"""Every refusal becomes one error, by status and by code."""

import pickle
from typing import Any

import pytest

import keyplate_client as client
from apiauth import errors
from apiauth.http import responses
from keyplate_client.errors import Answer, refusal


def _refused(status: int, **members: object) -> Any:  # one error of the tree
    said = {"code": "some_code", "message": "A sentence.", **members}
    return refusal(Answer(status=status, members=said, request_id="abc"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, client.Invalid),
        (401, client.Unauthenticated),
        (403, client.Forbidden),
        (404, client.NotFound),
        (405, client.Refused),
        (409, client.Conflict),
        (413, client.Invalid),
        (415, client.Invalid),
        (422, client.Invalid),
        (429, client.TooManyRequests),
        (500, client.Unavailable),
        (503, client.Unavailable),
    ],
)
def test_tells_refusals_apart_by_their_status(status, kind):
    error = _refused(status)

    assert type(error) is kind
    assert (error.status, error.request_id) == (status, "abc")
    assert str(error) == error.message == "A sentence."


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "policy_violation", client.PolicyViolation),
        (403, "app_inactive", client.AppInactive),
        (403, "tenant_suspended", client.TenantSuspended),
        (409, "idempotency_replay", client.AlreadyDone),
        (409, "name_taken", client.NameTaken),
        (409, "quota_keys", client.QuotaReached),
        # A code that comes with another status than its own.
        (404, "name_taken", client.NotFound),
    ],
)
def test_tells_some_apart_by_their_code(status, code, kind):
    error = _refused(status, code=code)

    assert type(error) is kind
    assert error.code == code


def test_says_what_to_mend():
    problem = {"message": "Choose another.", "code": "invalid", "field": "name"}

    error = _refused(400, errors=[problem, "?"], details={"limit": 3})

    assert error.field == "name"
    assert error.details == {"limit": 3}
    assert error.problems == (client.Problem("Choose another.", "invalid", "name"),)


def test_reads_the_servers_own_refusals():
    """Whatever the server's tree has, ours has a place for it."""
    kinds = [errors.ApiAuthError]
    for kind in kinds:
        kinds += kind.__subclasses__()

    for kind in kinds[1:]:
        error = _refused(responses.status_of(kind), code=kind.code)
        assert isinstance(error, client.Refused), kind


@pytest.mark.parametrize("members", [None, {}, {"message": "Hello"}, {"code": 404}])
def test_believes_no_strangers_refusal(members):
    error = refusal(Answer(status=404, members=members))

    assert type(error) is client.Unavailable
    assert error.code == "bad_answer"


def test_survives_another_process():
    error = _refused(409, code="name_taken", details={"field": "name"})

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert (type(again), again.code, again.field) == (
        client.NameTaken,
        "name_taken",
        "name",
    )
