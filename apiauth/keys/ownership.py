"""Whose key it is when a host makes it."""

from apiauth import externals
from apiauth.keys.values import Owner
from apiauth.models import ApiAuthApp, OwnerKind


def owner_within(
    app: ApiAuthApp,
    *,
    owner_user_id: str | None = None,
    organization_id: str | None = None,
    workspace_id: str | None = None,
) -> Owner:
    """Find the owner of a key that a host makes in an app.

    The narrowest that the host names (workspace, organization, person); when it
    names none, the narrowest that the app is bound to; else the app itself. A person
    alone is placed where the app is bound, a workspace in the app's organization.
    Raises `Invalid` naming the id that cannot be used.
    """
    names_place = organization_id is not None or workspace_id is not None
    person = externals.clean(owner_user_id, field="owner_user_id")
    organization = externals.clean(organization_id, field="organization_id")
    organization = organization or app.organization_id
    workspace = externals.workspace(
        workspace_id if names_place else app.workspace_id, organization_id=organization
    )
    if person is not None and not names_place:
        kind, owner_id = OwnerKind.USER, person
    else:
        person = person if names_place else app.user_id
        kind, owner_id = _narrowest(person, organization, workspace)
    return Owner(
        kind=kind,
        id=owner_id,
        user_id=person,
        organization_id=organization,
        workspace_id=workspace,
    )


def _narrowest(
    person: str | None, organization: str | None, workspace: str | None
) -> tuple[OwnerKind, str]:
    if workspace:
        # As a ticket reads it: a workspace's id is unique inside its organization.
        owner_id = f"{organization}/{workspace}" if organization else workspace
        return OwnerKind.WORKSPACE, owner_id
    if organization:
        return OwnerKind.ORGANIZATION, organization
    return (OwnerKind.USER, person) if person else (OwnerKind.APP, "")
