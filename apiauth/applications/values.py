"""What goes into the verbs of apps, and the bounds of it."""

from collections.abc import Sequence
from typing import TypedDict

MIN_SESSION_SECONDS = 60
MAX_SESSION_SECONDS = 7 * 24 * 3600
MAX_PAGE = 1000
# For hosts that name none; their customers' keys then begin as Wacht's do.
DEFAULT_PREFIX = "wk_live"


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
