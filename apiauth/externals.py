"""The host's own ids of its people and companies: opaque to us, cleaned in one place."""

from apiauth import text
from apiauth.errors import Invalid


def clean(value: str | None, *, field: str) -> str | None:
    """Clean an id of the host's; None means not said. Raises `Invalid`."""
    if value is None:
        return None
    return text.clean(value, field=field, max_length=text.EXTERNAL_ID)


def workspace(value: str | None, *, organization_id: str | None) -> str | None:
    """Clean the id of a workspace in an organization.

    An owner reads `<organization>/<workspace>`: with another divider inside, two
    tenants' workspaces could be one owner. Raises `Invalid`.
    """
    workspace_id = clean(value, field="workspace_id")
    if workspace_id is None:
        return None
    parts = {"organization_id": organization_id or "", "workspace_id": workspace_id}
    for field, part in parts.items():
        if "/" in part:
            raise Invalid("With a workspace, an id cannot hold a slash.", field=field)
    return workspace_id
