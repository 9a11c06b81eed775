"""What settles batches in a server's process: a connection, or a thread for SQLite."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from apiauth.gateway import links
from apiauth.gateway.batcher import Engine
from apiauth.gateway.postgres import Connection
from apiauth.gateway.settlement import Outcome, Settling
from apiauth.gateway.tightness import AlwaysTight, Tightness


class Thread:
    """Settles over Django's connection in a thread of its own: SQLite's one writer."""

    def __init__(self) -> None:
        self.tightness: Tightness = AlwaysTight()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="keyplate-gateway")

    async def run(self, settling: Settling) -> list[Outcome]:
        """Carry out a settling's commands. Raises what the database does."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, links.run, settling)

    async def close(self) -> None:
        """Let go of the connection and of the thread."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, _let_go)
        self._pool.shutdown()


def _let_go() -> None:
    # Each thread has a connection of its own; this is that of the one that runs it.
    connection.close()


def engine() -> Engine:
    """Make the engine for the database that is configured."""
    return Connection() if connection.vendor == "postgresql" else Thread()
