"""`manage.py provision_app`."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from apiauth import applications
from apiauth.management import terminal


class Command(terminal.DeskCommand):
    help = "Create an app: one family of API keys of a deployment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deployment", help="the deployment's slug")
        parser.add_argument("name", help="name for people")
        parser.add_argument(
            "--prefix", required=True, help="what its keys begin with: acme_live"
        )
        parser.add_argument("--slug", help="default: aa_ and the deployment's id")
        parser.add_argument("--description", default="")
        parser.add_argument(
            "--permission",
            action="append",
            default=[],
            help="what its keys may be granted, such as reports:read; repeatable",
        )

    def run(self, options: dict[str, Any]) -> None:
        deployment = terminal.deployment(options["deployment"])
        app = applications.provision(
            deployment=deployment,
            app_slug=options["slug"] or f"aa_{deployment.id}",
            name=options["name"],
            key_prefix=options["prefix"],
            description=options["description"],
            granted=options["permission"],
            actor=terminal.operator(),
            now=timezone.now(),
        )
        self.say(app_slug=app.app_slug, app_id=app.id, key_prefix=app.key_prefix)
