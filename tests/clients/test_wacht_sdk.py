"""The published @wacht/backend against a served Keyplate, unmodified."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from devtools import server
from devtools.paths import ROOT

FOLDER = Path(__file__).parent
NODE = shutil.which("node") or "node"
# Fed to `manage.py shell` of the served Keyplate: what an operator does first.
PROVISION = """
import json
from django.utils import timezone
from apiauth import applications, backend_keys, deployments, keys
from apiauth.actors import SYSTEM
from apiauth.models import OwnerKind
by = {"actor": SYSTEM, "now": timezone.now()}
deployment = deployments.provision(slug="acme", name="Acme", **by)
app = applications.provision(deployment=deployment, app_slug="aa_1", name="Acme API",
    key_prefix="acme_live", granted=["reports:read"], **by)
minted = backend_keys.mint(deployment=deployment, name="backend",
    scopes=["tickets:issue", "keys:verify"], **by)
key = keys.create(app=app, owner=keys.Owner(kind=OwnerKind.USER, id="ada",
    user_id="ada"), draft=keys.Draft(name="CI", metadata={"team": "data"}), **by)
print(json.dumps({"backendKey": minted.secret, "key": key.secret,
    "keyId": str(key.key.id), "deployment": str(deployment.id)}))
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the SDK saw, and what it was given."""
    database = f"sqlite:///{tmp_path_factory.mktemp('served')}/keyplate.sqlite3"
    extra = {"KEYPLATE_GATEWAY_ANONYMOUS": "true"}
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(server.running(database_url=database, extra=extra))
        given = json.loads(_shell(PROVISION, served.environment))
        given |= {"base": served.url, "appSlug": "aa_1"}
        answer = subprocess.run(
            [NODE, "wacht.mjs"],
            cwd=FOLDER,
            input=json.dumps(given).encode(),
            capture_output=True,
            check=True,
            timeout=60,
        )
        yield {"given": given, **json.loads(answer.stdout)}


def _shell(script: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "shell", "--verbosity", "0"],
        input=script.encode(),
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode().splitlines()[-1]


def test_reads_our_health(facts):
    assert facts["health"]["answer"]["status"] == "healthy"


@pytest.mark.parametrize("call", ["ticket", "ticketByMethod"])
def test_gets_a_ticket_as_seed_002_asks_for_it(facts, call):
    answer = facts[call]["answer"]

    assert answer["ticket"].startswith("apt.")
    assert isinstance(answer["expires_at"], int)
    assert answer["url"].endswith(f"/vanity/api-auth?ticket={answer['ticket']}")


@pytest.mark.parametrize(
    ("call", "error", "status"),
    [
        ("unknownApp", "NotFoundError", 404),
        ("wrongLife", "ValidationError", 400),
        ("stranger", "AuthenticationError", 401),
        ("nowhere", "NotFoundError", 404),
        ("unknownKey", "AuthenticationError", 401),
    ],
)
def test_meets_refusals_with_their_status_and_sentence(facts, call, error, status):
    refusal = facts[call]

    assert (refusal["error"], refusal["status"]) == (error, status)
    assert refusal["message"] not in {"", "An error occurred"}


def test_reads_a_verdict_that_allows(facts):
    answer = facts["allowed"]["answer"]

    assert answer["allowed"] is True
    assert answer["reason"] is None
    assert answer["identity"]["key_id"] == facts["given"]["keyId"]
    assert answer["metadata"] == {"team": "data"}


def test_reads_a_verdict_that_misses_a_permission(facts):
    answer = facts["permissionDenied"]["answer"]

    assert (answer["allowed"], answer["reason"]) == (False, "permission_denied")
