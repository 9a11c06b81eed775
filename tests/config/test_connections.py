"""Connections of the real server: requests begin when they are read, answers are whole."""

import asyncio
import contextlib
import socket

import pytest
import uvicorn

from config import heads
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


OFFER = b"connection: keep-alive, Upgrade\r\nupgrade: h2c\r\nhttp2-settings: AAM\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"


class Mirror(Echo):
    """Answers with the body, and keeps what heads it was shown."""

    def __init__(self):
        super().__init__()
        self.heads = []

    def take(self, scope, body, reply):
        self.heads.append(scope)
        return super().take(scope, body, reply)

    async def __call__(self, scope, receive, send):
        if scope not in self.heads:
            self.heads.append(scope)
        await super().__call__(scope, receive, send)


@pytest.mark.parametrize("cut", [1, len(POST), -4, -2])
@pytest.mark.parametrize("body", [b"abcd", b"ASGI"])
def test_passes_over_an_offer_of_another_protocol(body, cut):
    app, whole = Mirror(), POST + OFFER + b"\r\n" + body

    heard = talk(whole, whole[:cut], whole[cut:], app=app, answers=2)

    assert heard.count(b"HTTP/1.1 200") == heard.count(body) == 2
    assert {scope["path"] for scope in app.heads} == {"/a"}
    assert b"upgrade" not in dict(app.heads[0]["headers"])


def test_takes_no_body_for_a_request():
    app, hidden = Mirror(), b"GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n"
    length = b"content-length: %d\r\n" % len(hidden)
    asked = POST.replace(b"content-length: 4\r\n", length) + OFFER + b"\r\n"

    talk(asked, hidden, POST + b"\r\nabcd", app=app, answers=9)

    assert [scope["path"] for scope in app.heads] == ["/a", "/a"]


def test_passes_over_offers_in_a_row():
    one = POST + OFFER + b"\r\nabcd"

    heard = talk(one * 200, answers=200)

    assert heard.count(b"HTTP/1.1 200") == heard.count(b"abcd") == 200


def test_passes_over_an_offer_beside_chunks():
    heard = talk(
        CHUNKED + OFFER + b"\r\n4\r\nAB",
        b"CD\r\n0\r\n\r\n",
        POST + b"\r\nabcd",
        answers=2,
    )

    assert heard.index(b"ABCD") < heard.index(b"abcd")


def test_is_no_tunnel():
    heard = talk(b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n")

    assert heard.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("body", [b"abcd", b"ASGI"])
def test_drops_fields_behind_a_body(body):
    app = Mirror()
    asked = (
        CHUNKED + b"\r\n4\r\n" + body + b"\r\n0\r\nx-forwarded-for: 192.0.2.1\r\n\r\n"
    )

    talk(asked, app=app)

    (scope,) = app.heads
    assert set(dict(scope["headers"])) == {b"host", b"transfer-encoding"}


FILLER = b"a" * (heads.MOST_HEAD + 2 * 16_384)


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + FILLER,
        b"GET / HTTP/1.1\r\nx-a: " + FILLER,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (len(FILLER) // 6),
        CHUNKED + b"\r\n4;" + FILLER,
        CHUNKED + b"\r\n4\r\nabcd\r\n0\r\nx-a: " + FILLER,
        CHUNKED + b"\r\n0\r\n" + b"a: b\r\n" * (len(FILLER) // 6),
    ],
)
@pytest.mark.parametrize("pieces", [1, 20])
def test_refuses_heads_without_end(endless, pieces):
    step = len(endless) // pieces + 1
    sent = [endless[at : at + step] for at in range(0, len(endless), step)]

    heard = talk(*sent, pause=0)

    assert heard.startswith(b"HTTP/1.1 431 ")
    assert b"connection: close" in heard


def test_takes_heads_up_to_the_bound():
    long = b"x-a: " + b"a" * (heads.MOST_HEAD - len(POST) - 9) + b"\r\n"

    assert talk(POST + long + b"\r\nabcd").endswith(b"\r\n\r\nabcd")


@pytest.mark.parametrize("body", [1, 300_000])
def test_takes_bodies_of_any_size_beside_it(body):
    length = b"content-length: %d\r\n" % body
    asked = POST.replace(b"content-length: 4\r\n", length) + b"\r\n" + b"a" * body

    assert talk(asked).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "begun", [b"", b"\r\n", b"GET / HTTP/1.1\r\n", POST + b"\r\nabcd\r\n"]
)
def test_leaves_whoever_asks_nothing_for_long(monkeypatch, begun):
    monkeypatch.setattr(heads, "HEAD_WITHIN", 0.2)

    async def waiting():
        async with serving(Echo()) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(begun)
            for _ in range(8):
                await asyncio.sleep(0.05)
                writer.write(begun[:1])
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(reader.read(), 10)
            writer.close()

    asyncio.run(waiting())


def test_waits_for_its_own_answers(monkeypatch):
    monkeypatch.setattr(heads, "HEAD_WITHIN", 0.01)

    assert talk(POST + b"\r\nwait").endswith(b"wait")
