"""The host's tenants and people, as far as we have been told of them."""

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from apiauth import identifiers, text
from apiauth.models.deployments import Deployment


class TenantStatus(models.TextChoices):
    """Suspended and deleted ones get no tickets and no verdicts."""

    ACTIVE = "active", "Active"
    DELETED = "deleted", "Deleted"
    SUSPENDED = "suspended", "Suspended"


class TenantQuerySet[T: models.Model](models.QuerySet[T]):
    def of(self, deployment: Deployment) -> "TenantQuerySet[T]":
        return self.filter(deployment=deployment)

    def shut(self) -> "TenantQuerySet[T]":
        """Suspended or deleted."""
        return self.exclude(status=TenantStatus.ACTIVE)

    def known_as(self, part: str) -> "TenantQuerySet[T]":
        """Whose id at the host holds this, in capitals or not."""
        return self.filter(external_id__icontains=part)


class Organization(models.Model):
    """A customer of the host product, by the host's own id."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    # The unique index below begins with it.
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=text.EXTERNAL_ID)
    name = models.CharField(max_length=text.LABEL, blank=True)
    status = models.CharField(
        max_length=10, choices=TenantStatus, default=TenantStatus.ACTIVE
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = TenantQuerySet["Organization"].as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "external_id"], name="organization_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values),
                name="organization_status_known",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.external_id


class EndUser(models.Model):
    """A person of the host product, by the host's own id."""

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    # The unique index below begins with it.
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=text.EXTERNAL_ID)
    name = models.CharField(max_length=text.LABEL, blank=True)
    status = models.CharField(
        max_length=10, choices=TenantStatus, default=TenantStatus.ACTIVE
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = TenantQuerySet["EndUser"].as_manager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "external_id"], name="end_user_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values),
                name="end_user_status_known",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.external_id


def shut_owner(prefix: str = "") -> models.Case:
    """A column: whether a row's organization or person is suspended or deleted.

    The row has a `deployment_id`; `prefix` leads from it to the tenant columns.
    """

    def shut(model: type[Organization | EndUser], column: str) -> Exists:
        return Exists(
            model.objects.shut().filter(
                deployment_id=OuterRef("deployment_id"),
                external_id=OuterRef(f"{prefix}{column}"),
            )
        )

    return models.Case(
        models.When(
            Q(shut(Organization, "organization_id")) | Q(shut(EndUser, "user_id")),
            then=True,
        ),
        default=False,
        output_field=models.BooleanField(),
    )


class Membership(models.Model):
    """A person's place in an organization, with the permissions of their roles.

    `workspace_id` is empty for the organization as a whole; in each of its workspaces
    a person may have a place of its own.
    """

    id = models.UUIDField(primary_key=True, default=identifiers.new, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    user = models.ForeignKey(EndUser, on_delete=models.CASCADE)
    workspace_id = models.CharField(max_length=text.EXTERNAL_ID, blank=True)
    permissions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "user", "workspace_id"],
                name="membership_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}"


def role_columns(prefix: str = "") -> dict[str, Subquery]:
    """Columns: the places that a key's person has in its organization and workspace.

    The row has a `deployment_id`; `prefix` leads from it to the tenant columns.
    """
    places = Membership.objects.filter(
        deployment_id=OuterRef("deployment_id"),
        organization__deployment_id=OuterRef("deployment_id"),
        organization__external_id=OuterRef(f"{prefix}organization_id"),
        user__deployment_id=OuterRef("deployment_id"),
        user__external_id=OuterRef(f"{prefix}user_id"),
    )
    whole = places.filter(workspace_id="")
    part = places.filter(workspace_id=OuterRef(f"{prefix}workspace_id"))
    return {
        "org_membership_id": Subquery(whole.values("id")),
        "org_role_permissions": Subquery(whole.values("permissions")),
        "workspace_membership_id": Subquery(part.values("id")),
        "workspace_role_permissions": Subquery(part.values("permissions")),
    }
