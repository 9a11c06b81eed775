"""Answers in one piece, to clients who stay and to clients who leave."""

import asyncio
import contextlib

import pytest
import uvloop

from config.corked import Corked


class Connection(asyncio.Protocol):
    """The server's end of one connection."""

    def __init__(self, loop):
        self.made = loop.create_future()

    def connection_made(self, transport):
        self.made.set_result(transport)


@contextlib.asynccontextmanager
async def connected():
    """Give a corked transport, and the client's reader."""
    loop = asyncio.get_running_loop()
    connection = Connection(loop)
    server = await loop.create_server(lambda: connection, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield Corked(await connection.made, loop), reader
    finally:
        writer.close()
        server.close()


def test_sends_all_in_its_order_and_closes_after_it():
    async def talk():
        async with connected() as (corked, reader):
            for piece in (b"one ", b"two ", b"three"):
                corked.write(piece)
            corked.close()
            return await reader.read()

    assert uvloop.run(talk()) == b"one two three"


def test_sends_a_lone_piece_soon():
    async def talk():
        async with connected() as (corked, reader):
            corked.write(b"alone")
            return await asyncio.wait_for(reader.readexactly(5), 1)

    assert uvloop.run(talk()) == b"alone"


@pytest.mark.parametrize("waits", [0, 0.05])
@pytest.mark.parametrize("pieces", [1, 2])
def test_says_nothing_to_whoever_left_meanwhile(waits, pieces):
    accidents = []

    async def talk():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: accidents.append(context))
        async with connected() as (corked, _):
            corked.abort()
            await asyncio.sleep(waits)
            for _ in range(pieces):
                corked.write(b"nobody")
            await asyncio.sleep(0.05)

    uvloop.run(talk())

    assert accidents == []
