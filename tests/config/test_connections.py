"""Connections of the real server: requests begin when they are read, answers are whole."""

import asyncio
import contextlib
import socket

import pytest
import uvicorn

from config.corked import Protocol

POST = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"


class Echo:
    """Answers with what was sent: whole requests at once, or late to those that `wait`."""

    def __init__(self, headers=()):
        self.taken = 0
        self._headers = headers

    def take(self, _scope, body, reply):
        if body == b"ASGI":
            return False
        self.taken += 1
        wait = 0.05 if body == b"wait" else 0
        asyncio.get_running_loop().call_later(wait, reply, 200, self._about(body), body)
        return True

    async def __call__(self, _scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        start = {"status": 200, "headers": self._about(body)}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": body})

    def _about(self, body):
        return [(b"content-length", str(len(body)).encode()), *self._headers]


@contextlib.asynccontextmanager
async def serving(app):
    """Serve an application; gives the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=Protocol, lifespan="off", log_config=None, proxy_headers=False
    )
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


def test_offers_whole_requests_alone():
    app = Echo()
    whole = POST + b"\r\nabcd"

    talk(whole, whole[:-2], whole[-2:], app=app, answers=2)

    assert app.taken == 1


def test_serves_as_asgi_says_what_is_not_taken():
    heard = talk(POST + b"\r\nASGI")

    assert b"content-length: 4" in heard
    assert heard.endswith(b"\r\n\r\nASGI")


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


@pytest.mark.parametrize("value", [b"a\r\nx-more: b", b"a\nb", b"a\rb"])
def test_sends_no_header_that_would_end_its_line(value):
    heard = talk(POST + b"\r\nabcd", app=Echo(headers=[(b"x-name", value)]))

    assert heard == b""


def test_answers_nobody_who_left():
    async def leaving():
        app = Echo()
        async with serving(app) as address:
            for _ in range(3):
                _, writer = await asyncio.open_connection(*address)
                writer.write(POST + b"\r\nwait")
                await asyncio.sleep(0.02)
                writer.transport.abort()
            await asyncio.sleep(0.1)
        return app.taken

    assert asyncio.run(leaving()) == 3
