"""Keys: the identity a customer sees, and its secret versions."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, FilteredRelation, OuterRef, Prefetch, Q, Subquery
from django.db.models.fields import tuple_lookups as tuples

from apiauth import credentials, identifiers, text
from apiauth.models import uses
from apiauth.models.applications import ApiAuthApp
from apiauth.models.deployments import BackendKey, Deployment
from apiauth.models.tenants import role_columns

if TYPE_CHECKING:
    from apiauth.models.sessions import PortalSession


# Named here, because the type checker would declare a literal `to_attr` once more.
_VERSIONS: str = "versions"


class OwnerKind(models.TextChoices):
    """Whose key it is."""

    APP = "app", "The app itself"
    ORGANIZATION = "organization", "Organization"
    USER = "user", "Person"
    WORKSPACE = "workspace", "Workspace"


class KeyQuerySet(models.QuerySet["Key"]):
    def of_app(self, app: ApiAuthApp) -> "KeyQuerySet":
        return self.filter(deployment_id=app.deployment_id, app=app)

    def owned_by(self, kind: str, owner_id: str) -> "KeyQuerySet":
        return self.filter(owner_kind=kind, owner_id=owner_id)

    def beside(self, key: "Key") -> "KeyQuerySet":
        """All keys of the same app and owner, the key itself included."""
        same_app = self.filter(deployment_id=key.deployment_id, app_id=key.app_id)
        return same_app.owned_by(key.owner_kind, key.owner_id)

    def visible_to(self, session: "PortalSession") -> "KeyQuerySet":
        """What a customer's session may see; needs its ticket and app fetched.

        One app, one owner: a ticket without any owner speaks for the app itself
        and sees all of the app's keys.
        """
        keys = self.of_app(session.app)
        claims = session.ticket
        if claims.owner_kind == OwnerKind.APP:
            return keys
        return keys.owned_by(claims.owner_kind, claims.owner_id)

    def reachable_by(self, backend_key: BackendKey) -> "KeyQuerySet":
        """Of the present apps that a backend key may act on."""
        apps = ApiAuthApp.objects.present().reachable_by(backend_key)
        return self.filter(deployment_id=backend_key.deployment_id, app__in=apps)

    def unrevoked(self) -> "KeyQuerySet":
        return self.filter(revoked_at__isnull=True)

    def enabled(self) -> "KeyQuerySet":
        """Neither revoked nor paused, though perhaps expired."""
        return self.unrevoked().filter(disabled_at__isnull=True)

    def stopped(self) -> "KeyQuerySet":
        """Revoked or paused."""
        return self.filter(Q(revoked_at__isnull=False) | Q(disabled_at__isnull=False))

    def live(self, now: datetime) -> "KeyQuerySet":
        """Neither revoked, paused nor expired at `now`."""
        return self.unrevoked().filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now), disabled_at__isnull=True
        )

    def with_secrets(self) -> "KeyQuerySet":
        """Fetch what a page shows beside the key: its secret versions and its use.

        The versions arrive in `key.versions`, newest first.
        """
        return self.with_use().prefetch_related(
            Prefetch(
                "secrets",
                queryset=KeySecret.objects.order_by("-version"),
                to_attr=_VERSIONS,
            )
        )

    def with_masks(self) -> "KeyQuerySet":
        """Fetch, in this one query, what a row of a list shows beside the key.

        Its last use, the ends of its current secret, and until when the one before
        lives.
        """
        older = KeySecret.objects.filter(key=OuterRef("pk"), ends_at__isnull=False)
        columns: dict[str, F | FilteredRelation | Subquery] = {
            "current": FilteredRelation(
                "secrets", condition=Q(secrets__ends_at__isnull=True)
            ),
            "prefix": F("current__prefix"),
            "last_eight": F("current__last_eight"),
            "old_secret_ends_at": Subquery(
                older.order_by("-version").values("ends_at")[:1]
            ),
        }
        return self.with_last_use().annotate(**columns)

    def with_last_use(self) -> "KeyQuerySet":
        """Fetch, in this one query, when the key was last accepted."""
        columns = {"last_used_at": uses.last_used_at()}
        return self.annotate(**columns)

    def with_use(self) -> "KeyQuerySet":
        """Fetch, beside `with_last_use()`, from where, by what and how often."""
        return self.with_last_use().annotate(**uses.columns())

    def with_roles(self) -> "KeyQuerySet":
        """Fetch, in this one query, the person's places in the key's organization.

        One in the organization itself, one in the key's workspace, where there are.
        """
        return self.annotate(**role_columns())

    def newest_first(self) -> "KeyQuerySet":
        return self.order_by("-created_at", "-id")

    def older_than(self, created_at: datetime, key_id: uuid.UUID) -> "KeyQuerySet":
        """Behind one key, in the order of `newest_first()`."""
        return self.past("created_at", created_at, key_id, falling=True)

    def past(
        self, column: str, value: object, key_id: uuid.UUID, *, falling: bool
    ) -> "KeyQuerySet":
        """Behind one key, in the order of a column and, where that is equal, the id.

        Both rise, or both are `falling`. The two are compared as one, which an index
        over both answers from that place on, however far it is from the first key.
        """
        compared = tuples.TupleLessThan if falling else tuples.TupleGreaterThan
        both = tuples.Tuple(F(column), F("id"))
        return self.filter(compared(both, (value, key_id)))


def _listing(name: str, *by: str) -> models.Index:
    """An index that leads to any place of a list of keys, newest first.

    It ends in what says whether a key is live: keys that a list passes over are then
    passed over without being read, and counted without, too.
    """
    place, state = ("-created_at", "-id"), ("revoked_at", "disabled_at", "expires_at")
    # Most keys have no workspace, many no person: they have no place in such a list.
    is_partial = len(by) == 1
    return models.Index(
        fields=["deployment", "app", *by, *place, *state],
        condition=Q(**{f"{by[0]}__isnull": False}) if is_partial else None,
        name=name,
    )


class Key(models.Model):
    """One API key of a customer: stable while its secrets come and go."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    # The lists' indexes begin with it.
    deployment = models.ForeignKey(
        Deployment, on_delete=models.PROTECT, related_name="keys", db_index=False
    )
    app = models.ForeignKey(ApiAuthApp, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=text.NAME)
    description = models.CharField(max_length=text.DESCRIPTION, blank=True)
    owner_kind = models.CharField(max_length=12, choices=OwnerKind)
    owner_id = models.CharField(max_length=2 * text.EXTERNAL_ID + 1, blank=True)
    user_id = models.CharField(max_length=text.EXTERNAL_ID, null=True, blank=True)
    organization_id = models.CharField(
        max_length=text.EXTERNAL_ID, null=True, blank=True
    )
    workspace_id = models.CharField(max_length=text.EXTERNAL_ID, null=True, blank=True)
    created_by_label = models.CharField(max_length=text.LABEL, blank=True)
    created_via = models.CharField(max_length=10)
    permissions = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=text.REASON, blank=True)
    revoked_note = models.CharField(max_length=text.REASON, blank=True)
    revoked_by_label = models.CharField(max_length=text.LABEL, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    # Filled by `with_secrets()`.
    versions: "list[KeySecret]"
    # Filled by `with_last_use()`, `with_masks()` and `with_secrets()`.
    last_used_at: datetime | None
    # Filled by `with_use()` and `with_secrets()`.
    last_address: str
    last_agent: str
    uses: int
    # Filled by who sorts by it.
    place: str | datetime
    # Filled by `with_masks()`.
    prefix: str
    last_eight: str
    old_secret_ends_at: datetime | None
    # Filled by `with_roles()`.
    org_membership_id: uuid.UUID | None
    org_role_permissions: list[str] | None
    workspace_membership_id: uuid.UUID | None
    workspace_role_permissions: list[str] | None

    objects = KeyQuerySet.as_manager()

    class Meta:
        indexes = (
            _listing("key_by_app"),
            _listing("key_by_owner", "owner_kind", "owner_id"),
            _listing("key_by_organization", "organization_id"),
            _listing("key_by_person", "user_id"),
            _listing("key_by_workspace", "workspace_id"),
            # Operators look at the keys of all deployments together.
            models.Index(fields=["-created_at", "-id"], name="key_by_time"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "app", "owner_kind", "owner_id", "name"],
                condition=Q(revoked_at__isnull=True),
                name="key_name_unique_while_live",
                violation_error_message="A key with this name exists already.",
            ),
            models.CheckConstraint(
                condition=Q(owner_kind__in=OwnerKind.values),
                name="key_owner_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(owner_kind="app", owner_id="")
                | (~Q(owner_kind="app") & ~Q(owner_id="")),
                name="key_owner_named",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(expires_at__gt=models.F("created_at")),
                name="key_expires_after_creation",
            ),
        )

    def __str__(self) -> str:
        return self.name


class KeySecret(models.Model):
    """One version of a key's secret: digest and ends, never the clear text.

    The current version has no `ends_at`; a rotated one has, perhaps in the
    future while both are accepted.
    """

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT)
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="secrets")
    version = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32, editable=False)
    pepper_id = models.CharField(max_length=32, editable=False)
    prefix = models.CharField(max_length=31)
    first_four = models.CharField(max_length=4)
    last_eight = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="key_digest_unique"),
            models.CheckConstraint(
                condition=Q(digest__length=32), name="key_digest_whole"
            ),
            models.UniqueConstraint(
                fields=["key", "version"], name="key_secret_version_unique"
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(ends_at__isnull=True),
                name="key_has_one_current_secret",
            ),
        )

    def __str__(self) -> str:
        return self.masked

    @property
    def last_four(self) -> str:
        return self.last_eight[-4:]

    @property
    def masked(self) -> str:
        return credentials.masked(self.prefix, self.last_four)
