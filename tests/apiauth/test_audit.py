"""The history: one event a change, append-only, and tampering shows."""

import json
import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apiauth import (
    applications,
    audit,
    backend_keys,
    canonical,
    errors,
    keys,
    sessions,
    tenants,
)
from apiauth.actors import SYSTEM, Actor, ActorKind, Channel
from apiauth.models import AuditChain, AuditEvent, TenantStatus
from tests import make

TAMPERINGS = 1000


@pytest.fixture
def history(unguarded):
    """A chain of half a dozen events."""
    deployment = make.deployment()
    key = make.key(make.app(deployment)).key
    for number in range(3):
        keys.rename(key=key, name=f"C{number}", actor=make.ADA, now=timezone.now())
    return deployment.pk


def events(deployment_id):
    mine = AuditEvent.objects.filter(deployment_id=deployment_id)
    return list(mine.order_by("sequence"))


def note(deployment_id, actor=SYSTEM, **facts):
    with transaction.atomic():
        return audit.record(
            audit.Action.KEY_RENAMED,
            about=audit.Subject(deployment_id=deployment_id),
            actor=actor,
            now=timezone.now(),
            **facts,
        )


# ------------------------------------------------------------------- what is written


def test_every_change_is_exactly_one_event(acme, ada):
    key = make.key(acme.app).key
    said: dict[str, Any] = {"actor": make.ADA, "now": timezone.now()}
    keys.acknowledge(key=key, version=1, **said)
    keys.rename(key=key, name="Nightly", **said)
    keys.rotate(key=key, overlap_seconds=60, **said)
    keys.end_old_secret(key=key, **said)
    keys.revoke(key=key, reason="other", **said)
    sessions.end(session=ada.session, reason="signed_out", **said)
    applications.deactivate(app=acme.app, **said)
    backend_keys.revoke(backend_key=acme.backend_key, **said)

    assert " ".join(e.action for e in events(acme.deployment.pk)) == (
        "deployment.provisioned app.provisioned backend_key.minted ticket.issued "
        "session.opened key.created key.acknowledged key.renamed key.rotated "
        "key.old_secret_ended key.revoked session.ended app.deactivated "
        "backend_key.revoked"
    )


def test_says_who_did_it_from_where(acme):
    actor = Actor(
        kind=ActorKind.CUSTOMER,
        channel=Channel.PORTAL,
        id="ada",
        label="Ada",
        address="192.0.2.7",
        agent="Browser/1.0\r\nX: y" + 300 * "z",
        request_id="r1",
    )

    event = note(acme.deployment.pk, actor)

    event.refresh_from_db()
    assert (event.actor_kind, event.actor_id, event.actor_label) == (
        "customer",
        "ada",
        "Ada",
    )
    assert (event.channel, event.address, event.request_id) == (
        "portal",
        "192.0.2.7",
        "r1",
    )
    assert event.agent.startswith("Browser/1.0  X: y")
    assert len(event.agent) == 200


def test_an_address_of_any_length_is_recorded(acme):
    far = Actor(
        kind=ActorKind.CUSTOMER, channel=Channel.API, address="fe80::1%" + 99 * "x"
    )

    assert len(note(acme.deployment.pk, far).address) == 64


def test_a_refused_change_is_no_event(acme, ci_key):
    before = AuditEvent.objects.count()

    with pytest.raises(errors.NameTaken):
        make.key(acme.app, ci_key.key.name)

    assert AuditEvent.objects.count() == before
    assert audit.verify_chain(acme.deployment.pk) is None


@pytest.mark.django_db(transaction=True)
def test_refuses_to_record_outside_a_transaction():
    with pytest.raises(RuntimeError):
        audit.record(
            audit.Action.KEY_RENAMED,
            about=audit.Subject(deployment_id=make.deployment().pk),
            actor=SYSTEM,
            now=timezone.now(),
        )


def test_no_secret_is_in_any_event(acme, ada, ci_key):
    rotated = keys.rotate(key=ci_key.key, actor=make.ADA, now=timezone.now())

    rows = str(list(AuditEvent.objects.values()))
    for secret in (
        acme.minted.secret,
        ada.token,
        ada.binder,
        ci_key.secret,
        rotated.secret,
    ):
        assert secret not in rows
        assert secret[-20:-8] not in rows


# ------------------------------------------------------------------------ the chain


def test_an_untouched_chain_verifies(history, globex):
    assert [e.sequence for e in events(history)] == [1, 2, 3, 4, 5, 6]
    assert audit.verify_chain(history) is None
    assert audit.verify_chain(globex.deployment.pk) is None


def test_a_history_of_which_nothing_is_left_was_emptied(history):
    AuditEvent.objects.filter(deployment_id=history).delete()
    AuditChain.objects.filter(pk=history).delete()

    assert audit.verify_chain(history) == 1


def test_each_deployment_has_its_own_chain(acme, globex):
    note(acme.deployment.pk)
    note(globex.deployment.pk)

    assert [e.sequence for e in events(acme.deployment.pk)] == [1, 2, 3, 4]
    assert [e.sequence for e in events(globex.deployment.pk)] == [1, 2, 3, 4]


_TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20)
_FACTS = st.dictionaries(
    _TEXTS | st.integers(0, 20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner)
            | st.dictionaries(_TEXTS, inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=4,
)
_EDGES = [
    *(1e16, 1e22, 1e23, 1.5e300, 1.7976931348623157e308, -0.0, 5e-324, 1e-7, 0.1),
    *(float("nan"), float("inf"), -float("inf"), 2**64 + 1, -(10**400), True, 1),
    *("\0", "\ud800", "\ud83d\ude00", "\U0001f600", "\\u0000", "/\u2028"),
]


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reason=st.text(max_size=600), facts=_FACTS)
@example(reason="", facts={"edges": _EDGES})
@example(reason="", facts={9: 1e22, 10: 2, "\0": 3, "\ud800": 4})
def test_whatever_is_recorded_verifies_when_read_back(acme, reason, facts):
    event = note(acme.deployment.pk, reason=reason, before=facts, after=facts)

    assert audit.verify_chain(acme.deployment.pk) is None
    told = json.dumps(event.before, sort_keys=True)
    event.refresh_from_db()
    assert json.dumps(event.before, sort_keys=True) == told


def test_chains_from_before_there_was_one_form_verify(acme, monkeypatch):
    monkeypatch.setattr(canonical, "form", lambda facts: facts)
    note(acme.deployment.pk, after={"n": 1.0, "text": "\U0001f600"})
    monkeypatch.undo()
    note(acme.deployment.pk, after={"n": 1.0})

    assert audit.verify_chain(acme.deployment.pk) is None


@pytest.mark.parametrize("number", [1e16, 1e22, -0.0, 1e300])
def test_no_number_that_a_host_notes_breaks_the_chain(acme, number):
    key = make.key(acme.app).key
    for noted in (number, [number]):
        keys.update(key=key, metadata={"n": noted}, actor=make.HOST, now=timezone.now())

    assert audit.verify_chain(acme.deployment.pk) is None


# ------------------------------------------------------------------------ tampering


def _edit(chance, rows):
    event = chance.choice(rows)
    column = chance.choice([c for c in audit._CHAINED if c != "deployment_id"])
    value = _other(chance, getattr(event, column), AuditEvent._meta.get_field(column))
    AuditEvent.objects.filter(pk=event.pk).update(**{column: value})
    return f"{column} of {event.sequence}"


def _other(chance, value, field):
    match field:
        case models.DateTimeField():
            return value + timedelta(microseconds=chance.choice([-1, 1, 10**9]))
        case models.JSONField():
            return chance.choice([{**(value or {}), "x": 1}, {"name": "Mallory"}])
        case models.UUIDField():
            return uuid.UUID(int=chance.getrandbits(128))
        case models.PositiveBigIntegerField():
            return value + 1000
        case _:
            return chance.choice(["", "mallory", f"{value} "][not value :])


def _edit_and_rehash(chance, rows):
    event = chance.choice(rows)
    event.actor_id += "x"
    AuditEvent.objects.filter(pk=event.pk).update(
        actor_id=event.actor_id, hash=audit._hash(event)
    )
    return f"rehashed {event.sequence}"


def _delete(chance, rows):
    event = chance.choice(rows)
    AuditEvent.objects.filter(pk=event.pk).delete()
    return f"without {event.sequence}"


def _delete_and_close_up(chance, rows):
    gap = chance.randrange(len(rows))
    AuditEvent.objects.filter(pk=rows[gap].pk).delete()
    for event in rows[gap + 1 :]:
        AuditEvent.objects.filter(pk=event.pk).update(sequence=event.sequence - 1)
    return f"closed up over {gap + 1}"


def _swap(chance, rows):
    one, other = chance.sample(rows, 2)
    AuditEvent.objects.filter(pk=one.pk).update(sequence=10**6)
    AuditEvent.objects.filter(pk=other.pk).update(sequence=one.sequence)
    AuditEvent.objects.filter(pk=one.pk).update(sequence=other.sequence)
    return f"swapped {one.sequence} and {other.sequence}"


def _cut(chance, rows):
    left = chance.randrange(len(rows))
    AuditEvent.objects.filter(pk__in=[e.pk for e in rows[left:]]).delete()
    return f"cut after {left}"


def _cut_with_its_end(chance, rows):
    left = chance.randrange(len(rows))
    AuditEvent.objects.filter(pk__in=[e.pk for e in rows[left:]]).delete()
    AuditChain.objects.filter(pk=rows[0].deployment_id).delete()
    return f"cut after {left}, end forgotten"


def _insert(chance, rows):
    event = chance.choice(rows)
    event.pk, event.sequence = None, len(rows) + 1
    event.save(force_insert=True)
    return f"repeated as {event.sequence}"


_WAYS = [
    _edit,
    _edit,
    _edit,
    _edit_and_rehash,
    _delete,
    _delete_and_close_up,
    _swap,
    _cut,
    _cut_with_its_end,
    _insert,
]


def test_finds_every_one_of_a_thousand_tamperings(history):
    chance = random.Random(2026)  # noqa: S311 - repeatable, not secret
    missed = []

    for _ in range(TAMPERINGS):
        savepoint = transaction.savepoint_create()
        what = chance.choice(_WAYS)(chance, events(history))
        if audit.verify_chain(history) is None:
            missed.append(what)
        transaction.savepoint_rollback(savepoint)

    assert missed == []
    assert audit.verify_chain(history) is None


def test_names_the_first_bad_event(history):
    AuditEvent.objects.filter(sequence=3).update(reason="nothing to see")
    AuditEvent.objects.filter(sequence=5).update(reason="nothing to see")

    assert audit.verify_chain(history) == 3


# ---------------------------------------------------------------------- append-only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE apiauth_auditevent SET reason = 'x'",
        "DELETE FROM apiauth_auditevent",
        "DELETE FROM apiauth_auditevent WHERE sequence = 1",
        pytest.param("TRUNCATE apiauth_auditevent", marks=pytest.mark.postgres),
    ],
)
def test_the_database_refuses_to_rewrite(acme, statement):
    before = AuditEvent.objects.count()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.count() == before


def _replacing(verb, elsewhere):
    """How an engine puts a row in the place of another; the verbs are SQLite's alone."""
    if connection.vendor == "sqlite":
        return verb, ""
    taken = "deployment_id, sequence" if elsewhere == ["id"] else "id"
    return "INSERT", f"ON CONFLICT ({taken}) DO UPDATE SET reason = EXCLUDED.reason"


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"])
@pytest.mark.parametrize("elsewhere", [[], ["id"], ["sequence"]])
def test_no_event_takes_the_place_of_another(acme, verb, elsewhere):
    way, otherwise = _replacing(verb, elsewhere)
    before = list(AuditEvent.objects.order_by("pk").values())
    columns = [field.column for field in AuditEvent._meta.concrete_fields]
    forged = {"reason": "'forged'"} | {name: f"{name} + 1000" for name in elsewhere}
    told = ", ".join(forged.get(column, f'"{column}"') for column in columns)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"{way} INTO apiauth_auditevent SELECT {told} FROM apiauth_auditevent"  # noqa: S608 - ours
            f" WHERE sequence = 2 {otherwise}"
        )

    assert list(AuditEvent.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("change", ["update", "delete", "save"])
def test_so_does_the_model(acme, change):
    event = AuditEvent.objects.latest("sequence")
    ways = {
        "update": lambda: AuditEvent.objects.update(reason="x"),
        "delete": lambda: AuditEvent.objects.all().delete(),
        "save": event.save,
    }

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ways[change]()


def test_suspending_keeps_what_was_told_before(acme):
    for status in (TenantStatus.SUSPENDED, TenantStatus.ACTIVE):
        tenants.set_organization(
            deployment=acme.deployment,
            external_id="o1",
            status=status,
            actor=make.HOST,
            now=timezone.now(),
        )

    changes = AuditEvent.objects.filter(organization_id="o1").order_by("sequence")
    assert [(e.before["status"], e.after["status"]) for e in changes] == [
        ("active", "suspended"),
        ("suspended", "active"),
    ]
