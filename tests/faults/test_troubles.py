"""A row that is held, a question that chokes the database, a full queue, a hang-up."""

import json
import signal
import socket
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from apiauth.models import ApiAuthApp, Decision, RateCount, RateLimitScheme
from tests import make
from tests.faults import callers as calling
from tests.faults import nodes as serving
from tests.races import crew

pytestmark = pytest.mark.django_db(transaction=True)
CHOKE = """
CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.path = '/poison' THEN RAISE EXCEPTION 'choked'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choke BEFORE INSERT ON apiauth_decision
FOR EACH ROW EXECUTE FUNCTION choke();
"""
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'keyplate gateway'
"""
STATEMENT_TIMEOUT = 2  # seconds, of the gateway's connections
UNCHOKE = "DROP TRIGGER choke ON apiauth_decision; DROP FUNCTION choke();"


def order_of(acme, node, checks, **settings):
    return {
        "ports": [node.port],
        "path": calling.CHECK,
        "bearer": acme.minted.secret,
        "bodies": [json.dumps(one) for one in checks],
        "connections": 1,
        "until": time.monotonic() + 30,
        "asks": 1,
        **settings,
    }


def batch(*checks):
    return {"path": calling.BATCH, "bodies": [json.dumps({"checks": checks})]}


def run(statements):
    with connection.cursor() as cursor:
        cursor.execute(statements)


@contextmanager
def held(key):
    """Hold the counter of a key from outside; the block may let it go earlier."""
    counter = counter_of(key)
    address = crew.address()
    with psycopg.connect(address) as outside:
        found = outside.execute(
            "SELECT used FROM apiauth_ratecount WHERE id = %s FOR UPDATE", [counter]
        )
        assert found.fetchall()
        yield outside


def counter_of(key):
    """The one that a check of this key alone moves."""
    before = dict(RateCount.objects.values_list("id", "used"))
    return next(
        one
        for one, used in before.items()
        if used == Decision.objects.filter(key_id=key.pk, allowed=True).count()
    )


@pytest.fixture
def pair(acme, limited, nodes, callers):
    """Two keys; the first one has been used once, the second one thrice."""
    limited({**make.RULE, "max_requests": 10**6})
    issued = [make.key(acme.app, f"Key {number}") for number in range(2)]
    one, other = (calling.check(each.secret) for each in issued)
    for check, times in ((one, 1), (other, 3)):
        callers.ask(order_of(acme, nodes[0], [check], asks=times), processes=1)
    return issued[0].key, one, other


# --------------------------------------------------------------- a counter that is held


@pytest.mark.postgres
def test_who_needs_a_held_counter_is_told_soon_and_others_go_on(
    acme, pair, nodes, callers
):
    key, one, other = pair
    order = order_of(acme, nodes[0], [one])
    with held(key):
        stuck = callers.ask({**order, "connections": 4, "asks": 1}, processes=2)
        after = callers.ask(
            order_of(acme, nodes[0], [other], connections=4, asks=5), processes=2
        )
    freed = callers.ask(order, processes=1)

    waited = [one.got - one.sent for one in stuck]
    figures = crew.note(
        "held counter",
        longest=round(max(waited), 2),
        stuck=calling.codes(stuck),
        others=calling.codes(after),
    )
    assert calling.codes(stuck) == {"unavailable": 8}, figures
    assert {one.status for one in stuck} == {503}, figures
    # Two seconds are the most for a statement; who came while others waited, waits for
    # them first.
    assert max(waited) < 2 * STATEMENT_TIMEOUT + 1, figures
    assert calling.codes(after) == {"valid": 40}, figures
    assert calling.codes(freed) == {"valid": 1}, figures


@pytest.mark.postgres
def test_no_check_waits_to_note_the_use_of_its_gateway_key(acme, pair, nodes, callers):
    _, one, _ = pair
    minted = make.backend_key(acme.deployment)
    order = {**order_of(acme, nodes[0], [one], asks=3), "bearer": minted.secret}
    with psycopg.connect(crew.address()) as outside:
        outside.execute(
            "SELECT id FROM apiauth_backendkey WHERE id = %s FOR UPDATE",
            [minted.backend_key.pk],
        )
        answers = callers.ask(order, processes=2)
    used = callers.ask(order, processes=1)

    assert calling.codes(answers + used) == {"valid": 9}
    assert max(each.got - each.sent for each in answers) < 1
    minted.backend_key.refresh_from_db()
    assert minted.backend_key.last_used_at


# ------------------------------------------------------------ a question that chokes it


@pytest.mark.postgres
def test_a_question_that_chokes_the_database_harms_no_neighbour(
    acme, pair, nodes, callers
):
    key, one, _ = pair
    checks = [{**one, "resource": "/poison"} if n == 4 else one for n in range(10)]
    run(CHOKE)
    try:
        answers = callers.ask(
            order_of(acme, nodes[0], [], **batch(*checks)), processes=1
        )
        mixed = callers.ask(order_of(acme, nodes[0], checks, connections=4, asks=20))
    finally:
        run(UNCHOKE)

    said = [each.code for each in answers]
    codes = calling.codes(mixed)
    figures = crew.note("poisoned question", beside_it=codes)
    assert said == ["valid"] * 4 + ["unavailable"] + ["valid"] * 5, figures
    assert codes == {"valid": 576, "unavailable": 64}, figures
    # Each of the good ones is recorded and charged once, the bad one not at all.
    good = 1 + 9 + 576
    assert Decision.objects.filter(key_id=key.pk).count() == good, figures
    assert good in set(RateCount.objects.values_list("used", flat=True)), figures


def test_a_key_that_cannot_be_read_harms_no_neighbour(acme, pair, nodes, callers):
    _, one, _ = pair
    app = make.app(acme.deployment, "aa_2")
    scheme = make.scheme(acme.deployment, "odd")
    ApiAuthApp.objects.filter(pk=app.pk).update(rate_limit_scheme=scheme)
    bad = calling.check(make.key(app).secret)
    # As a newer version may have stored it, which a roll-back left behind.
    RateLimitScheme.objects.filter(pk=scheme.pk).update(
        rules=[{**make.RULE, "unit": "fortnight", "priority": 0}]
    )
    order = order_of(acme, nodes[0], [], **batch(one, bad, one))

    answers = callers.ask(order, processes=1)
    mixed = callers.ask(
        order_of(acme, nodes[0], [one, bad], connections=2, asks=10), processes=4
    )

    assert [each.code for each in answers] == ["valid", "unavailable", "valid"]
    assert calling.codes(mixed) == {"valid": 40, "unavailable": 40}


@pytest.mark.parametrize(
    "text", ["a\0b", "\ud800", "\udfff\ud800", "é" * 9000, "\\u0000"]
)
def test_no_text_of_a_caller_chokes_the_database(acme, pair, nodes, callers, text):
    _, one, _ = pair
    strange = {**one, "user_agent": text}

    answers = callers.ask(
        order_of(acme, nodes[0], [], **batch(one, strange, one)), processes=1
    )

    assert [each.code for each in answers] == ["valid"] * 3


# ------------------------------------------------------------ connections that are cut


@pytest.mark.postgres
def test_nobody_notices_that_idle_connections_were_cut(acme, pair, nodes, callers):
    _, one, _ = pair
    order = order_of(acme, nodes[0], [one], connections=4, asks=10)

    for _ in range(5):
        run(CUT)
        codes = calling.codes(callers.ask(order, processes=4))
        assert codes == {"valid": 160}


@pytest.mark.postgres
def test_connections_that_are_cut_under_load_are_opened_anew(
    acme, pair, nodes, callers
):
    _, one, _ = pair
    cuts = 10
    until = time.monotonic() + 0.1 * cuts
    order = order_of(acme, nodes[0], [one], connections=4, asks=10**6, until=until)

    callers.begin(order, processes=4)
    for _ in range(cuts):
        time.sleep(0.08)
        run(CUT)
    answers = callers.end()
    after = callers.ask({**order, "asks": 5, "until": time.monotonic() + 30})

    codes = calling.codes(answers)
    lost = calling.decided(answers) - {
        f"req_{each.hex}" for each in Decision.objects.values_list("id", flat=True)
    }
    figures = crew.note("connections cut", cuts=cuts, missing=len(lost), **codes)
    assert not lost, figures
    assert set(codes) <= {"valid", "unavailable"}, figures
    assert codes["valid"] > codes["unavailable"], figures
    assert calling.codes(after) == {"valid": 160}, figures


# ----------------------------------------------------------------------- a full queue


@pytest.mark.postgres
def test_a_full_queue_says_when_to_come_again(acme, pair, nodes, callers):
    key, one, _ = pair
    order = order_of(acme, nodes[0], [], **batch(*[one] * 100))
    with held(key) as outside:
        callers.begin({**order, "connections": 16})
        time.sleep(1.2)
        outside.rollback()
        answers = callers.end()

    codes = calling.codes(answers)
    full = [each for each in answers if each.request_id is None]
    figures = crew.note("full queue", refused=len(full), **codes)
    assert full, figures
    assert {(each.status, each.code) for each in full} == {(503, "unavailable")}, (
        figures
    )
    assert max(each.got - each.sent for each in full) < 1, figures
    assert codes["valid"] >= 2000, figures
    settled = calling.codes(each for each in answers if each.request_id)
    assert set(settled) <= {"valid", "unavailable"}, figures


# ------------------------------------------------------------------------- a hang-up


def test_a_caller_that_hangs_up_harms_nobody(acme, roomy, nodes, callers):
    check = calling.check(make.key(acme.app).secret)
    order = order_of(acme, nodes[0], [check], connections=4, asks=40)

    callers.begin(order, processes=2)
    for number in range(100):
        hang_up(nodes[0].port, acme.minted.secret, check, whole=number % 2 == 0)
    answers = callers.end()

    assert calling.codes(answers) == {"valid": 320}
    assert calling.decided(answers) <= {
        f"req_{one.hex}" for one in Decision.objects.values_list("id", flat=True)
    }


def hang_up(port, bearer, check, *, whole):
    """Go before the answer, or even before the end of the question."""
    body = json.dumps(check).encode()
    lines = [f"POST {calling.CHECK} HTTP/1.1", "host: 127.0.0.1"]
    lines += [f"authorization: Bearer {bearer}", f"content-length: {len(body)}"]
    lines += ["content-type: application/json", "", ""]
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall("\r\n".join(lines).encode())
        caller.sendall(body if whole else body[:9])
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


# --------------------------------------------------------------------------- SIGTERM


@pytest.mark.postgres
def test_a_server_that_is_told_to_end_answers_all_in_flight(acme, pair, node, callers):
    key, one, _ = pair
    with held(key) as outside:
        callers.begin(order_of(acme, node, [one], connections=5), processes=4)
        time.sleep(0.4)
        node.process.send_signal(signal.SIGTERM)
        time.sleep(0.6)
        outside.rollback()
        answers = callers.end()
        status = node.process.wait(4)

    figures = crew.note(
        "SIGTERM", in_flight=20, status=status, **calling.codes(answers)
    )
    assert calling.codes(answers) == {"valid": 20}, figures
    assert status == 0, figures
    log = node.log.read_text()
    assert log.count("Application shutdown complete") == serving.WORKERS, log
    assert "unsupported" not in log, log
