"""`manage.py roll_up`."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from apiauth import retention, usage
from apiauth.management import terminal


class Command(terminal.DeskCommand):
    help = (
        "Sum up what the log of decisions has beyond its sums, prepare the coming "
        "months and remove what is past its time. The server does so by itself; "
        "harmless to repeat and to interrupt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            type=_moment,
            help="make the sums of every day anew from the log, from this one on",
        )
        parser.add_argument(
            "--until", type=_moment, help="up to this moment (default: now)"
        )

    def run(self, options: dict[str, Any]) -> None:
        since, until = options["since"], options["until"]
        if since is not None:
            # The log ends now; to go on to the year 9999 would take days.
            now = timezone.now()
            self._rebuild(since, min(until or now, now))
        elif until is not None:
            raise CommandError("--until goes with --since.")
        for step in usage.roll_up():
            self.stdout.write(f"up to {step.until.isoformat()}: {step.sums} sums")
        gone = retention.tidy()
        self.stdout.write(f"Summed up. Removed from the log: {gone}.")

    def _rebuild(self, since: datetime, until: datetime) -> None:
        for day in usage.rebuild(
            since=since, until=until, kept_since=retention.kept_since()
        ):
            self.stdout.write(f"{day.starts_at:%Y-%m-%d} anew: {day.sums} sums")


def _moment(text: str) -> datetime:
    """Read a date or a moment; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
