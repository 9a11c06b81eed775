"""Where the demo keeps its things, where it answers, and with which environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools import surroundings
from devtools.paths import ROOT

HOST_FOLDER = ROOT / "examples" / "django_host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """One demo: its folder, its two ports, and the addresses that follow."""

    folder: Path
    port: int
    host_port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def portal_origin(self) -> str:
        # Another site than the host's, for a browser: what an iframe really meets.
        return f"http://keyplate.localhost:{self.port}"

    @property
    def host_url(self) -> str:
        return f"http://shop.localhost:{self.host_port}"

    @property
    def second_host_url(self) -> str:
        """Where the second deployment's product would live; nothing runs there."""
        return f"http://studio.localhost:{self.host_port}"

    @property
    def credentials_file(self) -> Path:
        return self.folder / "credentials.json"


def for_keyplate(places: Places) -> dict[str, str]:
    """Return Keyplate's environment; nothing of the caller's own settings gets in."""
    names = "127.0.0.1,localhost,.localhost"
    return _clean() | {
        **surroundings.kept_secrets(places.folder / "secrets.env"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "KEYPLATE_PUBLIC_URL": places.portal_origin,
        "KEYPLATE_ALLOWED_HOSTS": names,
        "KEYPLATE_DATABASE_URL": f"sqlite:///{places.folder / 'keyplate.sqlite3'}",
        "KEYPLATE_GATEWAY_ANONYMOUS": "true",
    }


def for_host(places: Places, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the example host."""
    return _clean() | {
        "DJANGO_SETTINGS_MODULE": "northwind.settings",
        "KEYPLATE_URL": places.base_url,
        "KEYPLATE_PORTAL_ORIGIN": places.portal_origin,
        "KEYPLATE_APP_SLUG": credentials["app_slug"],
        "KEYPLATE_BACKEND_KEY": credentials["backend_key"],
        "KEYPLATE_GATEWAY_KEY": credentials["gateway_key"],
        "NORTHWIND_ORIGIN": places.host_url,
        "NORTHWIND_ALLOWED_HOSTS": "shop.localhost,127.0.0.1",
        # Its sessions end with it: everybody just chooses a person again.
        "NORTHWIND_SECRET_KEY": secrets.token_urlsafe(48),
    }


def _clean() -> dict[str, str]:
    ours = ("KEYPLATE_", "NORTHWIND_", "DATABASE_URL", "DJANGO_")
    return {
        name: value for name, value in os.environ.items() if not name.startswith(ours)
    }
