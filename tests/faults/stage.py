"""Sets the stage in a database that is not the tests' own.

    python -m tests.faults.stage

Makes the tables, and a tenant with a few keys whose limits are counted and never reached; answers with
a line of JSON: the gateway key and the keys.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import django
from django.core.management import call_command

from devtools.paths import ROOT

MOST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who there is: in the clear, as nobody else has them."""

    bearer: str = field(repr=False)
    secrets: list[str] = field(repr=False)


def cast(environment: Mapping[str, str]) -> Cast:
    """Have the stage set in the database that the environment names."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.stage"],
        check=True,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )
    return Cast(**json.loads(done.stdout))


def main() -> None:
    """Set the stage."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from apiauth import applications  # noqa: PLC0415 - needs the settings to be ready
    from config import pools  # noqa: PLC0415 - needs the settings to be ready
    from tests import make  # noqa: PLC0415 - needs the apps to be ready

    call_command("migrate", verbosity=0)
    deployment = make.deployment()
    app = make.app(deployment, policy={"keys_per_owner": 100})
    rules = [
        {**make.RULE, "max_requests": MOST, "mode": m} for m in ("per_key", "per_app")
    ]
    make.scheme(deployment, rules=rules)
    applications.update(
        app=app, actor=make.OPERATOR, now=make.soon(), rate_limit_scheme_slug="basic"
    )
    made = {
        "bearer": make.backend_key(deployment).secret,
        "secrets": [make.key(app, f"Key {number}").secret for number in range(6)],
    }
    sys.stdout.write(json.dumps(made) + "\n")
    pools.close()


if __name__ == "__main__":
    main()
