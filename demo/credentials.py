"""The file that tells people and programs how to reach a demo."""

import json
import os
from pathlib import Path
from typing import Any, TypedDict


class Second(TypedDict):
    """What one needs of the second deployment."""

    deployment_id: str
    publishable_key: str
    backend_key: str
    app_slug: str


class Admin(TypedDict):
    """The operator's way in."""

    url: str
    username: str
    password: str


class Credentials(TypedDict):
    """Every member of credentials.json."""

    base_url: str
    portal_origin: str
    host_url: str
    deployment_id: str
    publishable_key: str
    backend_key: str
    gateway_key: str
    app_slug: str
    second: Second
    admin: Admin


def read(file: Path) -> dict[str, Any]:  # JSON members of an earlier run
    """Return what an earlier run wrote; nothing if there was none, or half a file."""
    try:
        found = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(file: Path, credentials: Credentials) -> None:
    """Replace the file in one step; only its owner may read it."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(credentials, stream, indent=2)
        stream.write("\n")
    draft.replace(file)
