"""`manage.py usage_rollup`."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apiauth import usage
from apiauth.management import terminal

_MOST_HOURS = 366 * 24


class Command(terminal.DeskCommand):
    help = "Sum up the log of decisions by hour; harmless to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--hours",
            type=int,
            default=2,
            help="how many hours to go back, the running one included (default: 2)",
        )

    def run(self, options: dict[str, Any]) -> None:
        now, hours = timezone.now(), min(max(options["hours"], 1), _MOST_HOURS)
        written = usage.roll_up(since=now - timedelta(hours=hours - 1), until=now)
        self.stdout.write(f"{written} sums of {hours} hours written.")
