"""What goes into the verbs of apps, and the bounds of it."""

from collections.abc import Sequence
from typing import TypedDict

from apiauth import editions
from apiauth.models import ApiAuthApp

MIN_SESSION_SECONDS = 60
MAX_SESSION_SECONDS = 7 * 24 * 3600
MAX_PAGE = 1000
# For hosts that name none; their customers' keys then begin as Wacht's do.
DEFAULT_PREFIX = "wk_live"


class Settings(TypedDict, total=False):
    """What an app may begin with; what is left out is as usual."""

    description: str
    user_id: str | None
    organization_id: str | None
    workspace_id: str | None
    permission_details: dict[str, object]
    resources: Sequence[str]
    rate_limit_scheme_slug: str
    capabilities: Sequence[str] | None
    embed_origins: Sequence[str] | None
    policy: dict[str, object]


class Changes(TypedDict, total=False):
    """What may be changed of an app; what is left out stays as it is."""

    name: str
    description: str
    key_prefix: str
    is_active: bool
    organization_id: str | None
    workspace_id: str | None
    permissions: Sequence[str]
    permission_details: dict[str, object]
    resources: Sequence[str]
    rate_limit_scheme_slug: str
    capabilities: Sequence[str] | None
    embed_origins: Sequence[str] | None
    policy: dict[str, object]
    session_idle_seconds: int
    session_absolute_seconds: int
    require_bound_session: bool


def edition(app: ApiAuthApp) -> str:
    """Name what an app's settings are. Switching it is none: that has its own verbs."""
    return editions.of(settings(app))


def settings(app: ApiAuthApp) -> dict[str, object]:
    """List what `Changes` may change, but for the switch."""
    others = Changes.__optional_keys__ - {"is_active", "rate_limit_scheme_slug"}
    columns: dict[str, object] = {name: getattr(app, name) for name in others}
    return {**columns, "rate_limit_scheme": app.rate_limit_scheme_id}
