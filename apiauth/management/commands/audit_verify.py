"""`manage.py audit_verify`."""

import uuid
from typing import Any

from django.core.management.base import CommandError

from apiauth import audit
from apiauth.management import terminal
from apiauth.models import AuditChain, AuditEvent, Deployment


class Command(terminal.DeskCommand):
    help = "Recompute the history of every deployment and name the first bad event."

    def run(self, _options: dict[str, Any]) -> None:
        histories = _histories()
        broken = {
            deployment_id: sequence
            for deployment_id in histories
            if (sequence := audit.verify_chain(deployment_id)) is not None
        }
        for deployment_id, sequence in broken.items():
            self.stderr.write(_describe(deployment_id, sequence))
        if broken:
            raise CommandError(f"{len(broken)} of {len(histories)} histories broken.")
        self.stdout.write(f"{len(histories)} histories whole.")


def _histories() -> list[uuid.UUID]:
    events = AuditEvent.objects.order_by().values_list("deployment_id", flat=True)
    chains = AuditChain.objects.values_list("deployment_id", flat=True)
    deployments = Deployment.objects.values_list("id", flat=True)
    return sorted({*events.distinct(), *chains, *deployments})


def _describe(deployment_id: uuid.UUID, sequence: int) -> str:
    place = f"{deployment_id}: the first bad event is number {sequence}"
    event = AuditEvent.objects.filter(
        deployment_id=deployment_id, sequence=sequence
    ).first()
    if event is None:
        return f"{place}, which is missing."
    return f"{place}, {event.action} of {event.created_at.isoformat()}."
