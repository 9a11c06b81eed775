"""A change against checks that hammer, over HTTP, on two servers of two processes.

A check whose request was sent after the change's commit had returned never passes.
`FAULT_ROUNDS=10000 ./dev test tests/faults` races so often; see var/test-results.
"""

import json
import random
import time
from collections import Counter

import pytest
from django.db import connection

from apiauth import applications, backend_keys, keys, tenants
from apiauth.models import Scope, TenantStatus
from tests import make
from tests.faults import callers as calling
from tests.faults import nodes as serving
from tests.faults import rounds
from tests.races import crew

pytestmark = pytest.mark.django_db(transaction=True)
IS_FULL = connection.vendor == "postgresql"
RACES = {
    "revoke": (3500, 30, "revoked"),
    "rotate": (3500, 30, "rotated"),
    "suspend": (1000, 12, "suspended"),
    "deactivate": (1000, 12, "app_inactive"),
    "delete": (500, 8, "app_inactive"),
    "revoke_gateway": (500, 8, "unauthenticated"),
}
BY = {"actor": make.OPERATOR}


class Stage:
    """What is raced for: a change, and what makes the next round begin as this one.

    Each change returns the moment at which its commit had returned.
    """

    def __init__(self, acme):
        self.acme = acme
        self.app = acme.app
        self.bearer = acme.minted.secret
        self.issued = make.key(acme.app)

    def prepare_revoke(self, number):
        self.issued = make.key(self.app, f"Key {number}")

    def revoke(self):
        keys.revoke(key=self.issued.key, reason="", **BY, now=make.soon())
        return time.monotonic()

    def rotate(self):
        old = self.issued
        self.issued = keys.rotate(key=old.key, **BY, now=make.soon())
        return time.monotonic()

    def _put(self, status):
        tenants.set_organization(
            deployment=self.acme.deployment,
            external_id="acme-ltd",
            status=status,
            **BY,
            now=make.soon(),
        )

    def prepare_suspend(self, _):
        self._put(TenantStatus.ACTIVE)

    def suspend(self):
        self._put(TenantStatus.SUSPENDED)
        return time.monotonic()

    def prepare_deactivate(self, number):
        if number:
            applications.activate(app=self.app, **BY, now=make.soon())

    def deactivate(self):
        applications.deactivate(app=self.app, **BY, now=make.soon())
        return time.monotonic()

    def prepare_delete(self, number):
        self.app = make.app(self.acme.deployment, f"gone_{number}")
        self.issued = make.key(self.app)

    def delete(self):
        applications.delete(app=self.app, **BY, now=make.soon())
        return time.monotonic()

    def prepare_revoke_gateway(self, _):
        self.gateway = make.backend_key(self.acme.deployment, Scope.KEYS_VERIFY)
        self.bearer = self.gateway.secret

    def revoke_gateway(self):
        backend_keys.revoke(backend_key=self.gateway.backend_key, **BY, now=make.soon())
        return time.monotonic()


@pytest.mark.parametrize("change", RACES)
def test_no_check_that_is_sent_after_the_commit_passes(
    acme, roomy, nodes, callers, change
):
    full, usual, code = RACES[change]
    stage = Stage(acme)
    chance = random.Random(change)  # noqa: S311 - repeatable
    total: Counter[str] = Counter()

    for number in range(rounds.of(full, usual=usual) if IS_FULL else 4):
        getattr(stage, f"prepare_{change}", int)(number)
        order = {
            "ports": [node.port for node in nodes],
            "path": calling.CHECK,
            "bearer": stage.bearer,
            "bodies": [json.dumps(calling.check(stage.issued.secret))],
            "connections": 3,
            "until": time.monotonic() + 10,
            "refusals": 2,
        }
        callers.begin(order, processes=2)
        time.sleep(chance.uniform(0.002, 0.01))
        committed = getattr(stage, change)()
        total += sorted_by_start(callers.end(), committed)
        total["races"] += 1

    workers = serving.asked()
    figures = crew.note(f"{change} against checks over HTTP", workers=workers, **total)
    assert workers > 1, figures
    assert total["valid after"] == 0, figures
    assert total[f"{code} after"] >= total["races"], figures
    assert total["valid before"] >= total["races"], figures
    seen = {name.rpartition(" ")[0] for name in total} - {"", "in flight"}
    assert seen <= {"valid", code}, figures


def sorted_by_start(answers, committed):
    counted: Counter[str] = Counter()
    for one in answers:
        when = "after" if one.sent > committed else "before"
        counted[f"{one.code if one.status else 'lost'} {when}"] += 1
        counted["in flight then"] += one.sent <= committed < one.got
    return counted
