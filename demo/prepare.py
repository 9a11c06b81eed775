"""Makes a demo's data: schema, seed, credentials.

Run by ./dev demo as `python -m demo.prepare PLACES`, with Keyplate's environment. A
second run keeps what it finds: keys are made anew only if they no longer work.
"""

import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

django.setup()

from apiauth import backend_keys, deployments, usage  # noqa: E402 - needs settings first.
from apiauth.errors import Unauthenticated  # noqa: E402
from apiauth.models import ApiAuthApp, Deployment, Scope  # noqa: E402
from demo import cast, credentials, seed  # noqa: E402
from demo.places import Places  # noqa: E402

OPERATOR_NAME = "operator"


def main(arguments: list[str]) -> None:
    """Prepare the demo that the one argument describes."""
    described = json.loads(arguments[0])
    at = Places(**{**described, "folder": Path(described["folder"])})
    _drop_half_made(at.folder)
    call_command("migrate", verbosity=0, interactive=False)
    now = timezone.now()
    first = product(cast.FIRST, host_url=at.host_url, now=now)
    second = product(cast.SECOND, host_url=at.second_host_url, now=now)
    for _ in usage.roll_up():
        pass
    earlier = credentials.read(at.credentials_file)
    found = credentials_of(at, first, second, earlier=earlier, now=now)
    credentials.write(at.credentials_file, found)
    _finished(at.folder).touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as it stands in the database."""

    deployment: Deployment
    app: ApiAuthApp


def _finished(folder: Path) -> Path:
    return folder / "seeded"


def _drop_half_made(folder: Path) -> None:
    """Start over if an earlier run was stopped before its data was whole."""
    if not _finished(folder).exists():
        for half in folder.glob("keyplate.sqlite3*"):
            half.unlink()


def product(plan: cast.Product, *, host_url: str, now: datetime) -> Product:
    deployment = Deployment.objects.filter(slug=plan.slug).first()
    if deployment is None:
        scene = seed.play(plan, host_url=host_url, now=now)
        return Product(deployment=scene.deployment, app=scene.app)
    # The ports may be others than last time.
    deployments.update(
        deployment=deployment,
        actor=seed.OPERATOR,
        now=now,
        embed_origins=[host_url],
        return_url=f"{host_url}/",
        api_base_url=f"{host_url}/api/reports",
    )
    app = ApiAuthApp.objects.of(deployment).present().earliest("created_at")
    return Product(deployment=deployment, app=app)


def credentials_of(
    at: Places,
    first: Product,
    second: Product,
    *,
    earlier: dict[str, Any],
    now: datetime,
) -> credentials.Credentials:
    other = earlier.get("second", {})
    everything = list(Scope.values)
    return {
        "base_url": at.base_url,
        "portal_origin": at.portal_origin,
        "host_url": at.host_url,
        "deployment_id": str(first.deployment.id),
        "publishable_key": deployments.publishable_key(first.deployment),
        "backend_key": _backend_key(
            first, "Host backend", everything, earlier.get("backend_key"), now
        ),
        "gateway_key": _backend_key(
            first, "Gateway", [Scope.KEYS_VERIFY], earlier.get("gateway_key"), now
        ),
        "app_slug": first.app.app_slug,
        "second": {
            "deployment_id": str(second.deployment.id),
            "publishable_key": deployments.publishable_key(second.deployment),
            "backend_key": _backend_key(
                second, "Host backend", everything, other.get("backend_key"), now
            ),
            "app_slug": second.app.app_slug,
        },
        "admin": _operator(at, earlier.get("admin", {})),
    }


def _backend_key(
    product: Product, name: str, scopes: Sequence[str], kept: str | None, now: datetime
) -> str:
    """Return the key of an earlier run if it still works, else a new one."""
    try:
        if kept and backend_keys.authenticate(kept).deployment == product.deployment:
            return kept
    except Unauthenticated:
        pass
    minted = backend_keys.mint(
        deployment=product.deployment,
        name=name,
        scopes=scopes,
        actor=seed.OPERATOR,
        now=now,
    )
    return minted.secret


def _operator(at: Places, earlier: dict[str, Any]) -> credentials.Admin:
    """Return the operator's way in, making the account or a new password if need be."""
    users = get_user_model().objects
    user = users.filter(username=OPERATOR_NAME).first()
    password = str(earlier.get("password", ""))
    if user is None:
        password = secrets.token_urlsafe(18)
        users.create_superuser(OPERATOR_NAME, password=password)
    elif not user.check_password(password):
        password = secrets.token_urlsafe(18)
        user.set_password(password)
        user.save(update_fields=["password"])
    return {
        "url": f"{at.base_url}/admin/",
        "username": OPERATOR_NAME,
        "password": password,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
