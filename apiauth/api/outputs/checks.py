"""The gateway's answer on the wire (wacht-contract section 11, with our members)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from apiauth.api.outputs.apps import MaybeText, is_unset
from apiauth.api.outputs.refusals import Error
from apiauth.api.vocabularies import VerdictCode
from apiauth.gateway import Code
from apiauth.gateway.codes import SENTENCES
from apiauth.models import Deployment, OwnerKind
from apiauth.ratelimits import Mode

_KEY_ID = "0198f2a1-6d3e-7c44-9a51-3f0c2b7e81d4"
_DEPLOYMENT_ID = "0198f2a0-11b2-7e0a-8c1f-5d2e9b40a7c3"
_LIMIT = {
    "rule": "100/60s",
    "mode": "per_key",
    "limit": 100,
    "remaining": 41,
    "resets_at": "2026-11-28T09:30:05Z",
    "exceeded": False,
}
_PASSED = {
    "request_id": "req_0198f2b5c0de7a90b1c2d3e4f5a6b7c8",
    "allowed": True,
    "reason": None,
    "blocked_rule": None,
    "identity": {
        "key_id": _KEY_ID,
        "deployment_id": _DEPLOYMENT_ID,
        "app_slug": "aa_acme",
        "key_name": "Production backend",
        "owner_user_id": "usr_ada",
        "organization_id": "org_acme",
        "workspace_id": None,
        "organization_membership_id": None,
        "workspace_membership_id": None,
    },
    "permissions": ["reports:read"],
    "metadata": {"team": "data"},
    "rate_limits": [{"rule": "100/60s", "remaining": 41, "limit": 100}],
    "retry_after": None,
    "headers": {
        "x-wacht-key-id": _KEY_ID,
        "x-wacht-organization-id": "org_acme",
        "x-wacht-permissions": "reports:read",
        "x-ratelimit-60s-limit": "100",
        "x-ratelimit-60s-remaining": "41",
    },
    "code": "valid",
    "key": {
        "id": _KEY_ID,
        "name": "Production backend",
        "app_slug": "aa_acme",
        "environment": "production",
        "prefix": "acme_live",
        "last_four": "k9Qe",
        "expires_at": None,
        "secret_ends_at": None,
        "owner": {"kind": "organization", "id": "org_acme"},
    },
    "limits": [_LIMIT],
    "decided_in": 1.9,
}


def _denied(code: Code, **members: object) -> dict[str, object]:
    refusal = {"message": SENTENCES[code], "code": code.value}
    denial = {"allowed": False, "reason": code.value, **refusal, "errors": [refusal]}
    return {**_PASSED, **denial, **members}


_BARE: dict[str, object] = {"headers": {}, "rate_limits": [], "limits": []}
# Answers of the gateway by their status, each under its code.
SAMPLES: dict[int, dict[str, dict[str, object]]] = {
    200: {
        "valid": _PASSED,
        "permission_denied": _denied(
            Code.PERMISSION_DENIED,
            blocked_rule="permission_denied",
            rate_limits=[],
            limits=[],
            headers={
                "x-wacht-key-id": _KEY_ID,
                "x-wacht-permissions": "reports:read",
                "x-wacht-permission-denied": "true",
            },
        ),
        "rate_limited": _denied(
            Code.RATE_LIMITED,
            blocked_rule="100/60s",
            rate_limits=[{"rule": "100/60s", "remaining": 0, "limit": 100}],
            limits=[{**_LIMIT, "remaining": 0, "exceeded": True}],
            retry_after=12,
            headers={
                "x-wacht-key-id": _KEY_ID,
                "x-ratelimit-60s-limit": "100",
                "x-ratelimit-60s-remaining": "0",
                "x-ratelimit-60s-reset": "12",
            },
        ),
    },
    401: {"revoked": _denied(Code.REVOKED, **_BARE)},
    503: {
        "unavailable": _denied(
            Code.UNAVAILABLE,
            **_BARE,
            identity=None,
            key=None,
            permissions=[],
            metadata={},
        )
    },
}


# The same of a batch.
BATCH_SAMPLES: dict[int, dict[str, dict[str, object]]] = {
    200: {"both": {"results": [_PASSED, SAMPLES[401]["revoked"]]}},
    503: {"unavailable": {"results": [SAMPLES[503]["unavailable"]]}},
}


class CheckedIdentity(Schema):
    """Whose key it is; sent with denials too, so that they can be counted."""

    key_id: str
    deployment_id: str
    app_slug: str
    key_name: str
    owner_user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    organization_membership_id: str | None
    workspace_membership_id: str | None


class CheckedOwner(Schema):
    """Who owns the key, by the host's own id."""

    kind: OwnerKind
    id: str


class CheckedKey(Schema):
    """The key as people know it."""

    id: str
    name: str
    app_slug: str
    environment: Deployment.Mode
    prefix: str
    last_four: str = Field(description="The last four characters of the secret.")
    expires_at: datetime | None
    secret_ends_at: datetime | None = Field(
        description="Until when this secret is accepted, where it was rotated."
    )
    owner: CheckedOwner


class CheckedRateLimit(Schema):
    """One limit that applied, as existing clients read it."""

    rule: str = Field(description="`<most>/<window>`, such as `100/60s` or `5/500ms`.")
    limit: int
    remaining: int


class CheckedLimit(CheckedRateLimit):
    """One limit that applied, and how it stands after this request."""

    mode: Mode = Field(description="Whose requests are counted together.")
    resets_at: datetime = Field(
        description="When more will remain than now, if nobody asks meanwhile."
    )
    exceeded: bool = Field(description="This limit refused the request.")


class CheckedFault(Schema):
    """One thing that is wrong."""

    code: VerdictCode
    message: str = Field(description="A sentence for people.")
    rule: str | None = Field(description="The rule of the policy, or the limit.")
    missing: list[str] = Field(
        description="Permissions that, granted together, would be enough."
    )


class Check(Schema):
    """What every verdict says."""

    request_id: str = Field(description="The decision's id.")
    allowed: bool
    reason: VerdictCode | None = Field(description="The code of a refusal.")
    blocked_rule: str | None = Field(
        description="What denied it: `permission_denied`, the limit such as "
        "`100/60s`, or the rule of the app's policy."
    )
    identity: CheckedIdentity | None
    permissions: list[str] = Field(description="The effective ones.")
    metadata: dict[str, Any]  # JSON of the host
    rate_limits: list[CheckedRateLimit]
    retry_after: int | None = Field(description="Seconds until a request may pass.")
    headers: dict[str, str] = Field(
        description="For the host's own answer; names in lower case."
    )
    code: VerdictCode = Field(description="The verdict.")
    key: CheckedKey | None
    limits: list[CheckedLimit]
    decided_in: float = Field(description="Milliseconds.")
    violation: MaybeText = Field(
        None,
        description="The rule of the app's policy that the key breaks, where the app "
        "reports that and goes on; else absent.",
    )
    explanation: Annotated[list[CheckedFault] | None, Field(exclude_if=is_unset)] = (
        Field(
            None,
            description="Everything that is wrong, in the order of evaluation, where "
            "the question asked to `explain`; else absent.",
        )
    )


class Passed(Check):
    """The key may make the request."""

    allowed: Literal[True]
    reason: None
    code: Literal["valid"]


class DenialProblem(Schema):
    """Why the key may not make the request."""

    message: str = Field(description="A sentence for people.")
    code: VerdictCode


class Denied(Check):
    """The key may not make the request; `code` says why."""

    allowed: Literal[False]
    reason: VerdictCode
    message: str = Field(description="A sentence for people.")
    errors: list[DenialProblem]


class Throttled(Error):
    """No verdict: too many bad keys came from the same address before this one."""

    allowed: Literal[False]


class Checked(Schema):
    """What became of each check, in their order."""

    results: list[Passed | Denied | Throttled]
