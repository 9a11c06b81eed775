"""Connections of the real server: requests begin when they are read, answers are whole."""

import asyncio
import contextlib
import socket

import pytest
import uvicorn

from apiauth.api.gateway.extensions import WHOLE
from config.corked import Protocol

POST = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"


class Echo:
    """Answers with what was sent, whole where it may; a body of `wait` comes late."""

    def __init__(self):
        self.parts = 0

    async def __call__(self, scope, receive, _send):
        body, more = b"", True
        while more:
            message = await receive()
            self.parts += 1
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if body == b"wait":
            await asyncio.sleep(0.05)
        headers = [(b"content-length", str(len(body)).encode())]
        if not scope["extensions"][WHOLE](200, headers, body):
            raise AssertionError("nobody has to be waited for")


@contextlib.asynccontextmanager
async def serving(app):
    """Serve an application; gives the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=Protocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)


def talk(*pieces, app=None, answers=1, pause=0.02):
    """Send pieces one after the other; returns what came back, up to the last answer."""

    async def talking():
        async with serving(app or Echo()) as address:
            reader, writer = await asyncio.open_connection(*address)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(pause)
            heard = b""
            with contextlib.suppress(asyncio.IncompleteReadError):
                for _ in range(answers):
                    heard += await asyncio.wait_for(reader.readexactly(1), 5)
                    heard += await reader.readuntil(b"\r\n\r\n")
                    heard += await reader.readexactly(4)
            writer.close()
            return heard

    return asyncio.run(talking())


def test_answers_whole_and_dated():
    heard = talk(POST + b"\r\nabcd")

    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-length: 4" in head
    assert b"date: " in head
    assert body == b"abcd"


def test_begins_with_all_that_came():
    app = Echo()

    talk(POST + b"\r\nabcd", app=app)

    assert app.parts == 1


@pytest.mark.parametrize("cut", [1, 10, len(POST) + 2, len(POST) + 4])
def test_waits_for_what_comes_late(cut):
    whole = POST + b"\r\nabcd"

    assert talk(whole[:cut], whole[cut:]).endswith(b"\r\n\r\nabcd")


def test_keeps_the_connection():
    heard = talk(POST + b"\r\nabcd", POST + b"\r\nefgh", answers=2)

    assert [heard.count(body) for body in (b"abcd", b"efgh")] == [1, 1]


def test_answers_in_the_order_of_asking():
    heard = talk(POST + b"\r\nwait" + POST + b"\r\nabcd", answers=2)

    assert 0 < heard.index(b"wait") < heard.index(b"abcd")


@pytest.mark.parametrize(
    "asked",
    [
        POST + b"connection: close\r\n\r\nabcd",
        POST.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\nabcd",
    ],
)
def test_closes_where_it_is_asked_to(asked):
    heard = talk(asked, asked, answers=2)

    assert heard.count(b"abcd") == 1
    assert b"connection: close" in heard


def test_says_go_on_to_whoever_waits_for_it():
    heard = talk(POST + b"expect: 100-continue\r\n\r\n", b"abcd", answers=1, pause=0.05)

    assert heard.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_refuses_what_is_no_request():
    heard = talk(b"nonsense\r\n\r\n")

    assert heard.startswith(b"HTTP/1.1 400 ")


def test_nobody_is_answered_twice():
    said: list[bool] = []

    async def app(scope, receive, _send):
        await receive()
        whole, headers = scope["extensions"][WHOLE], [(b"content-length", b"4")]
        said.extend(whole(200, headers, body) for body in (b"abcd", b"efgh"))

    heard = talk(POST + b"\r\n1234", app=app)

    assert (said, heard.count(b"efgh")) == ([True, False], 0)
