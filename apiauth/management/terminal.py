"""What every command shares: who runs it, and refusals as sentences."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from apiauth import text
from apiauth.actors import Actor, ActorKind, Channel
from apiauth.errors import ApiAuthError
from apiauth.models import ApiAuthApp, Deployment


class DeskCommand(BaseCommand):
    """A command that calls one operation; a refusal ends it with its sentence."""

    # Any: every command declares and types its own options.
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            self.run(options)
        except ApiAuthError as refusal:
            field = f" ({refusal.field})" if refusal.field else ""
            raise CommandError(f"{refusal.message}{field}") from refusal
        except (InterfaceError, OperationalError) as error:
            # Away, or busy: it passes. What follows the first line may quote values.
            said = str(error).partition("\n")[0]
            raise CommandError(
                f"The database did not let it be done; try again ({said})."
            ) from error

    def run(self, _options: dict[str, Any]) -> None:
        """Do it."""
        raise NotImplementedError

    def say(self, **facts: object) -> None:
        """Print facts, one a line, for people and for `cut -d= -f2-`."""
        for name, fact in facts.items():
            self.stdout.write(f"{name}={fact}")


def operator() -> Actor:
    """Whoever sits at this terminal, as far as it says."""
    person = os.environ.get("SUDO_USER") or os.environ.get("USER") or "somebody"
    return Actor(
        kind=ActorKind.OPERATOR,
        channel=Channel.COMMAND,
        id=person,
        label=f"{person} at the terminal",
    )


def deployment(slug: str) -> Deployment:
    """Find a deployment by its slug. Raises `Invalid` for what can be none."""
    slug = text.clean(slug, field="deployment", max_length=text.SLUG)
    found = Deployment.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no deployment “{slug}”.")
    return found


def apps(of: Deployment, slugs: list[str]) -> list[ApiAuthApp]:
    """Find apps of a deployment by their slugs. Raises `Invalid` for what is none."""
    slugs = [text.clean(slug, field="app", max_length=text.SLUG) for slug in slugs]
    found = ApiAuthApp.objects.of(of).present().filter(app_slug__in=slugs)
    known = {app.app_slug: app for app in found}
    absent = [slug for slug in slugs if slug not in known]
    if absent:
        raise CommandError(f"There is no app “{absent[0]}” in {of.slug}.")
    return list(known.values())
