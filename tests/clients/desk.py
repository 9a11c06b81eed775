"""A served Keyplate, and what an operator and a host make in it before clients come."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devtools import server
from devtools.paths import ROOT

DATABASE = "keyplate.sqlite3"
PROVISION = """
import json
from django.utils import timezone
from apiauth import applications, backend_keys, deployments, keys
from apiauth.actors import SYSTEM
from apiauth.models import OwnerKind
by = {{"actor": SYSTEM, "now": timezone.now()}}
deployment = deployments.provision(slug="{slug}", name="{slug}",
    embed_origins=["{origin}"], **by)
app = applications.provision(deployment=deployment, app_slug="{app_slug}", name="API",
    key_prefix="acme_live", granted=["reports:read", "reports:write"], **by)
def backend(*scopes):
    return backend_keys.mint(deployment=deployment, name="key", scopes=scopes, **by).secret
def key(name, organization, *permissions):
    owner = keys.Owner(kind=OwnerKind.ORGANIZATION, id=organization, user_id="usr_ada",
        organization_id=organization)
    draft = keys.Draft(name=name, permissions=permissions, metadata={{"team": "data"}})
    issued = keys.create(app=app, owner=owner, draft=draft, **by)
    return {{"id": str(issued.key.id), "secret": issued.secret}}
print(json.dumps({{
    "backend_key": backend("tickets:issue", "apps:manage", "keys:manage",
        "audit:read"),
    "gateway_key": backend("keys:verify"),
    "keys": {{
        "good": key("Good", "org_acme", "reports:read"),
        "doomed": key("Doomed", "org_acme", "reports:read"),
        "bare": key("Bare", "org_acme", "reports:write"),
        "globex": key("Globex", "org_globex", "reports:read"),
    }},
}}))
"""
REVOKE = """
from django.utils import timezone
from apiauth import keys
from apiauth.actors import SYSTEM
from apiauth.models import Key
keys.revoke(key=Key.objects.get(pk="{id}"), reason="", actor=SYSTEM, now=timezone.now())
print("revoked")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One deployment of the served Keyplate, with one app and a few keys."""

    url: str
    app_slug: str
    origin: str
    environment: Mapping[str, str] = field(repr=False)
    given: Mapping[str, Any] = field(repr=False)

    @property
    def backend_key(self) -> str:
        """May issue tickets and manage."""
        return str(self.given["backend_key"])

    @property
    def gateway_key(self) -> str:
        """May only ask."""
        return str(self.given["gateway_key"])

    def secret(self, name: str) -> str:
        return str(self.given["keys"][name]["secret"])

    def revoke(self, name: str) -> None:
        shell(REVOKE.format(id=self.given["keys"][name]["id"]), self.environment)


@contextlib.contextmanager
def serving(folder: Path, **extra: str) -> Iterator[server.Served]:
    """Serve a Keyplate on a database of its own, in that folder."""
    database = f"sqlite:///{folder / DATABASE}"
    with server.running(database_url=database, extra=extra) as served:
        yield served


def provisioned(
    served: server.Served,
    slug: str,
    *,
    app_slug: str = "aa_1",
    origin: str = "https://app.acme.example",
) -> Desk:
    """Make a deployment of this name with everything in it."""
    script = PROVISION.format(slug=slug, app_slug=app_slug, origin=origin)
    return Desk(
        url=served.url,
        app_slug=app_slug,
        origin=origin,
        environment=served.environment,
        given=json.loads(shell(script, served.environment)),
    )


def shell(script: str, environment: Mapping[str, str]) -> str:
    """Run a script inside the served Keyplate; returns the last line it printed."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "shell", "--verbosity", "0"],
        input=script.encode(),
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()[-1]


def stored_bytes(served: server.Served) -> bytes:
    """All that its database has in its files, what was deleted lately included."""
    address = served.environment["KEYPLATE_DATABASE_URL"]
    database = Path(address.removeprefix("sqlite:///"))
    return b"".join(part.read_bytes() for part in database.parent.iterdir())
