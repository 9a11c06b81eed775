"""The gateway's line to PostgreSQL, through a proxy that misbehaves."""

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path

import psycopg
import pytest
import uvloop
from django.db import connection

from apiauth.gateway.lines import Line

# What PostgreSQL says before it hangs up (its protocol, "Message Formats").
_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating\0\0"
LAST_WORDS = b"E" + struct.pack("!i", 4 + len(_FIELDS)) + _FIELDS
LARGE = "x" * 30_000_000  # more than any socket holds back
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


class Proxy:
    """Stands between a line and the database; it may stop reading, and hang up."""

    def __init__(self, parameters):
        self._parameters = parameters
        self._reads = asyncio.Event()
        self._reads.set()
        self._client = self._behind = None
        self._copying = []

    async def serve(self, reader, writer):
        self._client = writer
        host, port = self._parameters["host"], self._parameters.get("port") or 5432
        socket = f"{host}/.s.PGSQL.{port}"
        there, back = (
            await asyncio.open_unix_connection(socket)
            if host.startswith("/")
            else await asyncio.open_connection(host, port)
        )
        self._behind = back
        for ways in ((reader, back), (there, writer)):
            self._copying.append(asyncio.create_task(self._copy(*ways)))

    async def _copy(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                await self._reads.wait()
                writer.write(data)
                await writer.drain()

    async def close(self):
        for task in self._copying:
            task.cancel()
        await asyncio.gather(*self._copying, return_exceptions=True)
        self.break_off()
        self._behind.transport.abort()

    def freeze(self):
        self._reads.clear()

    def hang_up(self):
        self._client.write_eof()

    def break_off(self):
        self._client.transport.abort()

    def say_and_break_off(self, words=LAST_WORDS):
        """Say something and break off at once, as who was killed while it was asked.

        The event loop, which would close the socket later, is left with another file.
        """
        number = self._client.get_extra_info("socket").fileno()
        nothing = Path(os.devnull)
        with socket.socket(fileno=os.dup(number)) as line, nothing.open() as other:
            line.send(words)
            os.dup2(other.fileno(), number)
            at_once = struct.pack("ii", 1, 0)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._client.transport.abort()


WAYS_TO_END = [Proxy.hang_up, Proxy.break_off, Proxy.say_and_break_off]


@contextlib.asynccontextmanager
async def lined():
    """Give a line and the proxy that it goes through."""
    parameters = connection.get_connection_params()
    ours = {"cursor_factory", "context", "prepare_threshold", "pool"}
    parameters = {n: v for n, v in parameters.items() if n not in ours}
    proxy = Proxy(parameters)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    there = {**parameters, "host": host, "port": port, "autocommit": True}
    line = Line(await psycopg.AsyncConnection.connect(**there))
    try:
        yield line, proxy
    finally:
        await line.close()
        await proxy.close()
        server.close()


def test_gives_what_the_server_wrote():
    async def story():
        async with lined() as (line, _):
            first = await line.rows("SELECT %s::text, NULL, 7", "a")
            return first, await line.rows("SELECT %s::text, NULL, 7", "b")

    assert uvloop.run(story()) == ([[b"a", None, b"7"]], [[b"b", None, b"7"]])


def test_raises_what_the_server_refuses_and_goes_on():
    async def story():
        async with lined() as (line, _):
            for _ in range(2):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    await line.rows("SELECT 1 / %s::int", "0")
            with pytest.raises(psycopg.errors.UndefinedTable):
                await line.rows("SELECT * FROM nowhere")
            return line.is_open, await line.rows("SELECT 1 / %s::int", "1")

    assert uvloop.run(story()) == (True, [[b"1"]])


def test_sends_more_than_a_socket_holds():
    async def story():
        async with lined() as (line, _):
            return await line.rows("SELECT length(%s::text)", LARGE)

    assert uvloop.run(story()) == [[str(len(LARGE)).encode()]]


@pytest.mark.parametrize("runs", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("ends", WAYS_TO_END)
@pytest.mark.parametrize("value", ["small", LARGE])
def test_hears_that_the_other_side_hangs_up(runs, ends, value):
    async def story():
        async with lined() as (line, proxy):
            await line.rows("SELECT 1")
            proxy.freeze()
            asking = asyncio.create_task(line.rows("SELECT length(%s::text)", value))
            await asyncio.sleep(0.1)
            ends(proxy)
            with pytest.raises(psycopg.OperationalError):
                await asyncio.wait_for(asking, 5)
            return line.is_open

    assert not runs(story())


@pytest.mark.parametrize("runs", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("ends", WAYS_TO_END)
def test_knows_of_it_when_nobody_asks(runs, ends):
    async def story():
        async with lined() as (line, proxy):
            await line.rows("SELECT 1")
            ends(proxy)
            await asyncio.sleep(0.1)
            return line.is_open

    assert not runs(story())


@pytest.mark.parametrize("value", ["small", "x" * 40_000, LARGE])
def test_lets_go_of_the_number_of_a_socket_that_was_closed(value):
    """A connection that is opened later may have the same."""

    async def story():
        async with lined() as (line, proxy):
            await line.rows("SELECT %s::text", "")
            number = line.connection.fileno()
            proxy.say_and_break_off(b"")
            with pytest.raises(psycopg.OperationalError):
                await line.rows("SELECT %s::text", value)
            ours, theirs = socket.socketpair()
            os.dup2(ours.fileno(), number)
            other = socket.socket(fileno=number)
            for each in (other, theirs):
                each.settimeout(0)
            reader, writer = await asyncio.open_connection(sock=other)
            theirs.send(b"hello")
            said = await asyncio.wait_for(reader.read(5), 5)
            writer.close()
            ours.close()
            theirs.close()
            return said

    assert uvloop.run(story()) == b"hello"


def test_cuts_a_line_that_says_nothing():
    async def story():
        async with lined() as (line, proxy):
            proxy.freeze()
            asyncio.get_running_loop().call_later(0.1, line.cut)
            with pytest.raises(psycopg.OperationalError):
                await asyncio.wait_for(line.rows("SELECT %s::text", LARGE), 5)

    uvloop.run(story())
