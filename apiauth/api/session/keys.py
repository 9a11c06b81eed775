"""`/api-auth/keys`: a customer's own keys (wacht-contract section 10)."""

import uuid
from typing import Annotated, Literal

from django.db import models
from django.db.models import Q
from ninja import Header, Query, Router, Schema
from pydantic import BeforeValidator, ConfigDict, Field

from apiauth import keys
from apiauth.api import inputs
from apiauth.api.outputs import Data, Done, Key, KeyList, KeyWithSecret
from apiauth.api.surface import REFUSALS, form_or_json
from apiauth.errors import NotFound
from apiauth.http import guards
from apiauth.models import Capability, PortalSession, masks
from apiauth.models import Key as KeyRow

MOST = 1000
_MOST_SKIPPED = 2**31
_ACTIVE = Q(revoked_at__isnull=True, disabled_at__isnull=True)
_BY_STATUS = {"active": _ACTIVE, "revoked": ~_ACTIVE, "all": Q()}

router = Router()

# An empty parameter is one that was not given.
Status = Annotated[
    Literal["active", "revoked", "all"] | None,
    BeforeValidator(lambda said: said or None),
]
Token = Annotated[
    str,
    Header(
        "",
        alias="Idempotency-Key",
        description="A repeat of the request with the same token changes nothing.",
    ),
]


class Wanted(Schema):
    """Which keys a list shall hold, and which part of it."""

    status: Status = Field(default=None, description="Without it: all.")
    include_inactive: bool = Field(
        default=True, description="Where no status is given."
    )
    limit: int = Field(default=MOST, description=f"From 1 to {MOST}.")
    offset: int = Field(default=0, description="How many to skip.")

    @property
    def keys(self) -> Q:
        return _BY_STATUS[self.status or ("all" if self.include_inactive else "active")]

    @property
    def size(self) -> int:
        return min(max(self.limit, 1), MOST)

    @property
    def start(self) -> int:
        return min(max(self.offset, 0), _MOST_SKIPPED)


class NewOwnKey(inputs.Body):
    """What a customer chooses for a new key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "CI", "expires_at": "2027-03-12T14:00:00Z"}]
        }
    )

    name: str
    description: str = ""
    permissions: list[str] | None = Field(
        default=None,
        description="Some of what may be granted, as the session says; all of it "
        "when not given.",
    )
    expires_at: inputs.Moment | None = Field(
        default=None,
        description="Null: never, where the app allows it. Not given: never, or as "
        "late as is usual where the app demands an end.",
    )


class OwnRotation(inputs.Body):
    """How a key gets its new secret; mostly nothing needs to be said."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"overlap_seconds": 3600}]}
    )

    overlap_seconds: int = Field(
        default=0, description="For how long the old secret is accepted as well."
    )
    expires_at: inputs.Moment | None = Field(
        default=None, description="Another end; not given, it stays as it is."
    )


class OwnRevocation(inputs.Body):
    """Why a key ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "leaked"}]})

    reason: str = ""
    note: str = ""


@router.get(
    "",
    auth=guards.SessionAuth(Capability.KEYS_READ),
    response={200: KeyList, **REFUSALS},
    summary="List the keys",
)
def index(request: guards.CustomerRequest, wanted: Query[Wanted]) -> KeyList:
    """List the keys that this session may see, newest first."""
    session, end = request.customer, wanted.start + wanted.size
    found = KeyRow.objects.visible_to(session).filter(wanted.keys).newest_first()
    # What is skipped is only counted off, for which its place in an index is enough.
    ids = list(found.values_list("pk", flat=True)[wanted.start : end + 1])
    return KeyList(
        data=[Key.of(key) for key in _rows(session, ids[: wanted.size])],
        limit=wanted.size,
        offset=wanted.start,
        has_more=len(ids) > wanted.size,
    )


@router.post(
    "",
    auth=guards.SessionAuth(Capability.KEYS_CREATE),
    response={200: Data[KeyWithSecret], **REFUSALS},
    summary="Create a key",
    openapi_extra=form_or_json(NewOwnKey),
)
def create(
    request: guards.CustomerRequest, body: NewOwnKey, token: Token
) -> Data[KeyWithSecret]:
    """Make a key of this session's owner. Its secret is in this answer only."""
    session = request.customer
    issued = keys.create(
        app=session.app,
        owner=keys.Owner.of(session.ticket),
        draft=_draft(request, body),
        token=token,
        actor=request.actor,
        now=request.now,
    )
    return _shown(session, issued)


@router.post(
    "/{key_id}/rotate",
    auth=guards.SessionAuth(Capability.KEYS_ROTATE),
    response={200: Data[KeyWithSecret], **REFUSALS},
    summary="Rotate a key",
    openapi_extra=form_or_json(OwnRotation),
)
def rotate(
    request: guards.CustomerRequest,
    key_id: str,
    token: Token,
    body: OwnRotation = OwnRotation(),  # noqa: B008 - never changed
) -> Data[KeyWithSecret]:
    """Give a key a new secret; the old one ends at once, or after the overlap.

    The key keeps its id. The secret is in this answer only.
    """
    is_said = "expires_at" in body.model_fields_set
    issued = keys.rotate(
        key=_find(request.customer, key_id),
        overlap_seconds=body.overlap_seconds,
        expires_at=body.expires_at if is_said else keys.KEEP,
        token=token,
        actor=request.actor,
        now=request.now,
    )
    return _shown(request.customer, issued)


@router.post(
    "/{key_id}/revoke",
    auth=guards.SessionAuth(Capability.KEYS_REVOKE),
    response={200: Data[Done], **REFUSALS},
    summary="Revoke a key",
    openapi_extra=form_or_json(OwnRevocation),
)
def revoke(
    request: guards.CustomerRequest,
    key_id: str,
    body: OwnRevocation = OwnRevocation(),  # noqa: B008 - never changed
) -> Data[Done]:
    """End a key for good, at once. One that is revoked already stays as it is."""
    keys.revoke(
        key=_find(request.customer, key_id),
        **body.model_dump(),
        actor=request.actor,
        now=request.now,
    )
    return Data(data=Done())


def _rows(session: PortalSession, ids: list[uuid.UUID]) -> list[KeyRow]:
    """Read keys with all that a list shows of them, newest first."""
    wanted = KeyRow.objects.of_app(session.app).filter(pk__in=ids).with_roles()
    rows = list(wanted.newest_first().fetch_mode(models.FETCH_RAISE))
    masks.fill(rows)
    for row in rows:
        # The same for all: joined, it would come along with every row.
        row.app = session.app
    return rows


def _find(session: PortalSession, key_id: str) -> KeyRow:
    """Find a key. Raises `NotFound`, in the same words for foreign and absent ones."""
    try:
        wanted = uuid.UUID(key_id)
    except ValueError:
        raise NotFound from None
    key = KeyRow.objects.visible_to(session).filter(pk=wanted).first()
    if key is None:
        raise NotFound
    return key


def _draft(request: guards.CustomerRequest, body: NewOwnKey) -> keys.Draft:
    session = request.customer
    usual = session.app.rules.usual_end(now=request.now)
    return keys.Draft(
        name=body.name,
        description=body.description,
        permissions=body.permissions,
        # Nobody grants themselves what neither the app nor the ticket names.
        grantable=keys.grantable(session.app, session.ticket.grantable_permissions),
        expires_at=(
            body.expires_at if "expires_at" in body.model_fields_set else usual
        ),
    )


def _shown(session: PortalSession, issued: keys.Issued) -> Data[KeyWithSecret]:
    row = keys.find(session.app, str(issued.key.pk))
    return Data(data=KeyWithSecret.from_issued(issued, row))
