"""The bare ASGI application: what it hears, what it passes on, how it ends."""

import asyncio
import json

import pytest

from apiauth.api.gateway.application import Gateway, Message
from apiauth.models import Decision
from tests.apiauth.api import bodies
from tests.apiauth.gateway.doors.servers import (
    Asgi,
    heard,
    read,
    receiving,
    scope,
    sending,
)

CHECK, BATCH = "/v1/authz/check", "/v1/authz/check-batch"
KIB = 1024
alone = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server():
    opened = Asgi()
    yield opened
    opened.close()


@pytest.fixture
def question(ci_key):
    return {
        "principal": {"type": "api_key", "value": ci_key.secret},
        "method": "GET",
        "resource": "/reports",
    }


def post(server, path, messages, *headers):
    return read(server.run(scope("POST", path, list(headers)), messages))


def raw(body):
    return json.dumps(body).encode()


@pytest.mark.parametrize("path", ["/", "/v1/authz", "/v1/authz/check/", "/gateway"])
def test_passes_on_what_is_not_the_gateways(server, path):
    assert server.send("POST", path, {}).status == 418


def test_passes_on_what_is_no_request(server):
    said = server.run({"type": "websocket", "path": CHECK}, [])

    assert said[0]["status"] == 418


@pytest.mark.parametrize("path", [CHECK, BATCH])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_takes_posts_alone(server, path, method):
    answer = server.send(method, path, {})

    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert int(answer.headers["content-length"]) > 0
    assert bool(answer.body) == (method != "HEAD")


@alone
def test_reads_a_body_in_however_many_parts(server, question):
    body = raw(question)
    parts = heard(body[:1], b"", body[1:40], body[40:])

    assert post(server, CHECK, parts).members["allowed"]


@alone
@pytest.mark.parametrize(("path", "most"), [(CHECK, 64 * KIB), (BATCH, 1024 * KIB)])
def test_reads_as_much_as_may_be_and_not_a_byte_more(server, question, path, most):
    body = raw({"checks": [question]} if path == BATCH else question)
    whole = body + b" " * (most - len(body))

    assert post(server, path, heard(whole)).status == 200
    answer = post(server, path, heard(whole, b" "))
    assert (answer.status, answer.members["code"]) == (413, "too_large")
    assert f"{most // KIB} KiB" in answer.members["message"]


def test_stops_reading_what_is_too_large(server):
    parts = iter(heard(*[b" " * 40 * KIB] * 5))
    said: list[Message] = []

    async def receive():
        await asyncio.sleep(0)
        return next(parts)

    asyncio.run(server.application(scope("POST", CHECK, []), receive, sending(said)))

    assert read(said).status == 413
    assert len(list(parts)) == 3


def test_says_nothing_to_who_hangs_up(server):
    gone = [{"type": "http.request", "body": b"{", "more_body": True}]
    gone.append({"type": "http.disconnect"})

    assert server.run(scope("POST", CHECK, []), gone) == []


@alone
def test_takes_no_header_twice(server, acme, question):
    bearer = (b"authorization", acme.bearer["Authorization"].encode())
    address = (b"x-original-client-ip", b"192.0.2.1")
    body = heard(raw(question))

    assert post(server, CHECK, body, bearer, address).status == 200
    assert post(server, CHECK, body, bearer, bearer).status == 401
    twice = post(server, CHECK, body, bearer, address, address)
    assert (twice.status, twice.members["errors"][0]["field"]) == (400, "client_ip")


@alone
def test_records_an_agent_that_is_no_text(server, question):
    agent = (b"user-agent", b"curl \xff\xfe/1.0")

    assert post(server, CHECK, heard(raw(question)), agent).status == 200
    assert Decision.objects.get().user_agent == "curl ÿþ/1.0"


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b'{"a": "\xff"}', b""])
def test_refuses_a_body_that_is_no_text(server, settings, body):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True

    answer = post(server, CHECK, heard(body))

    assert (answer.status, answer.members["code"]) == (400, "invalid")


@pytest.mark.parametrize("path", [CHECK, BATCH])
@pytest.mark.parametrize("said", bodies.UNREADABLE)
def test_refuses_a_body_that_says_it_is_other_text(server, settings, path, said):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True
    kind = (b"content-type", f"application/json; {said}".encode())

    answer = post(server, path, heard(b"{}"), kind)

    assert (answer.status, answer.members["code"]) == (415, "unsupported_media_type")


@alone
@pytest.mark.parametrize("said", bodies.READABLE)
def test_takes_utf_8_by_all_its_names(server, question, said):
    kind = (b"content-type", f"application/json; {said}".encode())

    assert post(server, CHECK, heard(raw(question)), kind).members["allowed"]


@alone
def test_turns_away_whom_it_has_no_room_for(server, settings, question):
    settings.KEYPLATE_GATEWAY_QUEUE = 1

    answer = post(server, BATCH, heard(raw({"checks": [question] * 2})))

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.members["code"] == "unavailable"
    assert post(server, CHECK, heard(raw(question))).members["allowed"]


@pytest.mark.parametrize("path", ["/", "/livez", "/v1/authz", f"{CHECK}/"])
def test_takes_no_whole_request_of_others(server, path):
    assert not server.application.take(scope("POST", path, []), b"", pytest.fail)


def test_takes_no_request_whose_answer_has_no_body(server):
    assert not server.application.take(scope("HEAD", CHECK, []), b"", pytest.fail)


@alone
@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("POST", "question", 200),
        ("POST", "nonsense", 400),
        ("POST", " " * (64 * KIB + 1), 413),
        ("GET", "", 405),
    ],
)
def test_answers_a_whole_request_as_any_other(server, question, method, body, status):
    sent = raw(question) if body == "question" else body.encode()
    kind = [(b"content-type", b"application/json")]

    whole = server.send(method, CHECK, {}, sent)
    in_parts = read(server.run(scope(method, CHECK, kind), heard(sent)))

    assert whole.status == in_parts.status == status
    assert whole.headers.keys() == in_parts.headers.keys()
    assert whole.members.keys() == in_parts.members.keys()


@alone
def test_settles_many_together(server, question):
    said: list[list[Message]] = [[] for _ in range(30)]

    async def all_at_once():
        await asyncio.gather(
            *(
                server.application(
                    scope("POST", CHECK, []),
                    receiving(heard(raw(question))),
                    sending(one),
                )
                for one in said
            )
        )

    server._runner.run(all_at_once())

    remaining = {read(one).members["limits"][0]["remaining"] for one in said}
    assert remaining == set(range(970, 1000))
    assert Decision.objects.count() == 30


def test_says_when_it_begins_and_ends():
    said: list[Message] = []
    told: list[str] = []
    gateway = Gateway(
        server_of_nobody,
        started=lambda: told.append("started"),
        stopped=lambda: told.append("stopped"),
    )
    messages: list[Message] = [
        {"type": "lifespan.startup"},
        {"type": "lifespan.shutdown"},
    ]

    asyncio.run(gateway({"type": "lifespan"}, receiving(messages), sending(said)))

    assert told == ["started", "stopped"]
    assert [one["type"] for one in said] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def server_of_nobody(*_of):
    raise AssertionError


@alone
def test_answers_who_waits_before_it_ends(question):
    server = Asgi()
    said: list[Message] = []
    ended: list[Message] = []

    async def story():
        answering = asyncio.create_task(
            server.application(
                scope("POST", CHECK, []),
                receiving(heard(raw(question))),
                sending(said),
            )
        )
        for _ in range(5):
            await asyncio.sleep(0)
        over = receiving([{"type": "lifespan.shutdown"}])
        await server.application({"type": "lifespan"}, over, sending(ended))
        await answering

    server._runner.run(story())
    server._runner.close()

    assert read(said).members["allowed"]
    assert ended == [{"type": "lifespan.shutdown.complete"}]
