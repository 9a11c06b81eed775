"""`manage.py provision_deployment`."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from apiauth import deployments
from apiauth.management import terminal
from apiauth.models import Deployment


class Command(terminal.DeskCommand):
    help = "Create one environment of a host product."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name for commands, such as acme")
        parser.add_argument("name", help="name for people")
        parser.add_argument(
            "--mode", choices=Deployment.Mode.values, default=Deployment.Mode.PRODUCTION
        )
        parser.add_argument(
            "--embed-origin",
            action="append",
            default=[],
            help="who may frame the desk, such as https://app.example.com; repeatable",
        )
        for option in ("product-name", "support-url", "docs-url", "return-url"):
            parser.add_argument(f"--{option}", default="")
        parser.add_argument("--api-base-url", default="")

    def run(self, options: dict[str, Any]) -> None:
        deployment = deployments.provision(
            slug=options["slug"],
            name=options["name"],
            mode=options["mode"],
            embed_origins=options["embed_origin"],
            product_name=options["product_name"],
            support_url=options["support_url"],
            docs_url=options["docs_url"],
            return_url=options["return_url"],
            api_base_url=options["api_base_url"],
            actor=terminal.operator(),
            now=timezone.now(),
        )
        self.say(
            deployment_id=deployment.id,
            slug=deployment.slug,
            publishable_key=deployments.publishable_key(deployment),
        )
