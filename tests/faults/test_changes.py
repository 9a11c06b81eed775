"""A change against checks that hammer, over HTTP, on two servers of three processes.

A check whose request was sent after the change's commit had returned never passes.
`FAULT_ROUNDS=10000 ./dev test tests/faults` races so often; see var/test-results.
"""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from itertools import batched
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apiauth import applications, backend_keys, keys, tenants
from apiauth.models import BackendKey, OwnerKind, Scope, TenantStatus
from tests import make
from tests.faults import callers as calling
from tests.faults import nodes as serving
from tests.faults import rounds
from tests.races import crew

pytestmark = pytest.mark.django_db(transaction=True)
IS_FULL = connection.vendor == "postgresql"
WHEN = ("before", "after")
AT_ONCE, TOGETHER = 100, 10  # races in one order, and in one batch


@dataclass(kw_only=True)
class Subject:
    """What one race is about: a key, and whatever of its own will be changed."""

    tenant: Any  # the cast's
    bearer: str
    issued: keys.Issued
    gateway: BackendKey | None = None


def a_key(acme, number):
    issued = make.key(acme.app, f"Key {number}")
    return Subject(tenant=acme, bearer=acme.minted.secret, issued=issued)


def an_app(acme, number):
    app = make.app(acme.deployment, f"app_{number}")
    return Subject(tenant=acme, bearer=acme.minted.secret, issued=make.key(app))


def an_owner(acme, number):
    owner = keys.Owner(
        kind=OwnerKind.ORGANIZATION, id=f"o{number}", organization_id=f"o{number}"
    )
    issued = make.key(acme.app, owner=owner)
    return Subject(tenant=acme, bearer=acme.minted.secret, issued=issued)


def a_gateway(acme, number):
    minted = make.backend_key(acme.deployment, Scope.KEYS_VERIFY)
    subject = a_key(acme, number)
    subject.bearer, subject.gateway = minted.secret, minted.backend_key
    return subject


def revoke(subject, now):
    keys.revoke(key=subject.issued.key, reason="leaked", actor=make.OPERATOR, now=now)


def rotate(subject, now):
    keys.rotate(key=subject.issued.key, actor=make.OPERATOR, now=now)


def suspend(subject, now):
    tenants.set_organization(
        deployment=subject.tenant.deployment,
        external_id=subject.issued.key.organization_id,
        status=TenantStatus.SUSPENDED,
        actor=make.OPERATOR,
        now=now,
    )


def deactivate(subject, now):
    applications.deactivate(app=subject.issued.key.app, actor=make.OPERATOR, now=now)


def delete(subject, now):
    applications.delete(app=subject.issued.key.app, actor=make.OPERATOR, now=now)


def revoke_gateway(subject, now):
    backend_keys.revoke(backend_key=subject.gateway, actor=make.OPERATOR, now=now)


# What is changed, of what subjects; what is said then; how many races in all, and usually.
RACES = [
    (revoke, a_key, "revoked", 3500, 30),
    (rotate, a_key, "rotated", 3500, 30),
    (suspend, an_owner, "suspended", 1000, 16),
    (deactivate, an_app, "app_inactive", 1000, 16),
    (delete, an_app, "app_inactive", 500, 6),
    (revoke_gateway, a_gateway, "unauthenticated", 500, 6),
]


@pytest.mark.parametrize("race", RACES, ids=lambda race: race[0].__name__)
def test_no_check_that_is_sent_after_the_commit_passes(
    acme, roomy, nodes, callers, race
):
    change, make_subject, code, full, usual = race
    races = rounds.of(full, usual=usual) if IS_FULL else 3
    total: Counter[str] = Counter()

    for numbers in batched(range(races), AT_ONCE):
        subjects = [make_subject(acme, number) for number in numbers]
        total += raced(list(grouped(subjects)), change, nodes, callers)

    workers = {"workers": serving.asked()} if IS_FULL else {}
    name = change.__name__.replace("_", " ")
    figures = crew.note(f"{name} against checks over HTTP", **workers, **total)
    assert workers.get("workers", 2) > 1, figures
    assert total["valid after"] == 0, figures
    assert total["races with a check in flight"] >= 0.9 * races, figures
    assert total["races"] == races, figures
    assert total[f"{code} after"] >= races, figures
    seen = {name for name in total if name.endswith((" before", " after"))}
    expected = {f"{said} {when}" for said in ("valid", code) for when in WHEN}
    assert seen <= expected, figures


def grouped(subjects):
    """Some by themselves, most of them in tens as long as they have one asker."""
    alone = max(3, len(subjects) // 10)
    yield from ([subject] for subject in subjects[:alone])
    same = subjects[0].bearer == subjects[-1].bearer
    yield from map(list, batched(subjects[alone:], TOGETHER if same else 1))


def step_of(subjects):
    """What is asked of these: a check, or a batch of one for each."""
    checks = [calling.check(subject.issued.secret) for subject in subjects]
    [asked] = checks if len(checks) == 1 else [{"checks": checks}]
    return {
        "path": calling.CHECK if len(checks) == 1 else calling.BATCH,
        "bearer": subjects[0].bearer,
        "bodies": [json.dumps(asked)],
    }


def raced(groups, change, nodes, callers):
    """Change one after another while all connections hammer at just those."""
    chance = random.Random(change.__name__)  # noqa: S311 - repeatable
    order = {
        "ports": [node.port for node in nodes],
        "connections": 2,
        "until": time.monotonic() + 60,
        "refusals": 2,
        "steps": [step_of(subjects) for subjects in groups],
    }
    callers.begin(order, processes=2)
    committed = {}
    for number, subjects in enumerate(groups):
        callers.wait_for(number)
        for nth, subject in enumerate(subjects):
            time.sleep(chance.uniform(0, 0.004))
            change(subject, timezone.now())
            committed[number, nth] = time.monotonic()
    return sorted_by_start(callers.end(), committed)


def sorted_by_start(answers, committed):
    counted: Counter[str] = Counter(races=len(committed))
    in_flight = set()
    for one in answers:
        moment = committed[one.step, one.nth]
        when = WHEN[one.sent > moment]
        counted[f"{one.code if one.status else 'lost'} {when}"] += 1
        if one.sent <= moment < one.got:
            in_flight.add((one.step, one.nth))
    counted["races with a check in flight"] = len(in_flight)
    return counted
