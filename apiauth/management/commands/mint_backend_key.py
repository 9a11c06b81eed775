"""`manage.py mint_backend_key`."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from apiauth import backend_keys
from apiauth.management import terminal
from apiauth.models import Scope


class Command(terminal.DeskCommand):
    help = (
        "Make a backend key. Its secret is printed once, alone, on standard output; "
        "everything else goes to standard error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deployment", help="the deployment's slug")
        parser.add_argument("name", help="name for people")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=Scope.values,
            help="what it may be used for; repeatable",
        )
        parser.add_argument(
            "--app",
            action="append",
            default=[],
            help="slug of an app it is restricted to; repeatable; default: every app",
        )
        parser.add_argument(
            "--days", type=int, help="how long it lives; default: until revoked"
        )

    def run(self, options: dict[str, Any]) -> None:
        deployment, now = terminal.deployment(options["deployment"]), timezone.now()
        minted = backend_keys.mint(
            deployment=deployment,
            name=options["name"],
            scopes=options["scope"],
            apps=terminal.apps(deployment, options["app"]),
            expires_at=_expiry(options["days"], now),
            actor=terminal.operator(),
            now=now,
        )
        self.stderr.write(
            f"Backend key {minted.backend_key.id} of {deployment.slug}. "
            "Store its secret now; it cannot be shown again."
        )
        self.stdout.write(minted.secret)


def _expiry(days: int | None, now: datetime) -> datetime | None:
    if days is None:
        return None
    try:
        return now + timedelta(days=days)
    except OverflowError:
        raise CommandError(
            f"--days: {days} days from now is beyond the calendar. Without --days a "
            "key lives until it is revoked."
        ) from None
