"""What a host vouches for when it asks for a ticket, and what of it can be kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apiauth import externals, links, origins, permissions, text
from apiauth.errors import Invalid
from apiauth.models import ApiAuthApp, Ticket

_LOCALE = re.compile(r"(?=.{2,16}$)[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a host vouches for when it asks for a ticket; unset means not said."""

    user_id: str | None = None
    user_label: str = ""
    organization_id: str | None = None
    organization_label: str = ""
    workspace_id: str | None = None
    capabilities: Sequence[str] | None = None
    grantable_permissions: Sequence[str] | None = None
    embed_origin: str | None = None
    return_url: str = ""
    locale: str = ""
    theme: str = Ticket.Theme.AUTO
    auth_time: datetime | None = None


def cleaned(claims: Claims, app: ApiAuthApp) -> dict[str, object]:
    """Clean claims into the columns of a ticket.

    Raises `Invalid` naming the claim that cannot be made.
    """
    if claims.theme not in Ticket.Theme.values:
        raise Invalid("Theme is light, dark or auto.", field="theme")
    return {
        "user_id": externals.clean(claims.user_id, field="user_id"),
        "user_label": _label(claims.user_label, "user_label"),
        "organization_id": externals.clean(
            claims.organization_id, field="organization_id"
        ),
        "organization_label": _label(claims.organization_label, "organization_label"),
        "workspace_id": externals.workspace(
            claims.workspace_id, organization_id=claims.organization_id
        ),
        "capabilities": _capabilities(claims.capabilities, app),
        "grantable_permissions": _grantable(claims.grantable_permissions, app),
        "embed_origin": _embed_origin(claims.embed_origin, app),
        "return_url": links.parse(claims.return_url, field="return_url"),
        "locale": _locale(claims.locale),
        "theme": claims.theme,
        "auth_time": claims.auth_time,
    }


def _capabilities(wanted: Sequence[str] | None, app: ApiAuthApp) -> list[str]:
    if wanted is None:
        return sorted(app.ceiling)
    beyond = sorted(set(wanted) - set(app.ceiling))
    if beyond:
        raise Invalid(
            f"This app's tickets cannot carry: {text.shorten(', '.join(beyond), 200)}.",
            field="capabilities",
        )
    return sorted(set(wanted))


def _grantable(wanted: Sequence[str] | None, app: ApiAuthApp) -> list[str] | None:
    if wanted is None:
        return None
    granted = permissions.grants(list(wanted), field="grantable_permissions")
    if app.permissions and permissions.beyond(app.permissions, granted):
        raise Invalid(
            "A grantable permission is not among the app's permissions.",
            field="grantable_permissions",
        )
    return granted


def _embed_origin(wanted: str | None, app: ApiAuthApp) -> str:
    if not wanted:
        return ""
    origin = origins.parse(wanted)
    if "*" in origin or not origins.allows(app.allowed_origins, origin):
        raise Invalid(
            "This origin is not among the app's embed origins.", field="embed_origin"
        )
    return origin


def _locale(value: str) -> str:
    if value and not _LOCALE.fullmatch(value):
        raise Invalid("A locale looks like de, pt-BR or zh-Hant.", field="locale")
    return value


def _label(value: str, name: str) -> str:
    return text.clean(value, field=name, max_length=text.LABEL, required=False)
