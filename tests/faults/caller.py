"""One process of callers: it asks gateways over connections that it keeps alive.

    python -m tests.faults.caller

Reads orders from stdin, a JSON object a line, and answers each with a line: every
answer as [sent, got, status, code, request id, step, place in its batch], by the clock
that all processes share. A connection that broke before its answer has the status 0. Of an order in steps
a line with its number says that a step has been answered with a yes on every
connection. Knows nothing of the product.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

type Order = dict[str, Any]  # Any: what there is to know of an order differs.
type Said = list[Any]

LOST, UNAVAILABLE = 0, 503
PATIENCE = 0.02  # seconds until a connection that broke is tried again
WAITS = 30.0  # seconds for an answer
NEVER = 10**9


@dataclass(slots=True)
class Line:
    """One connection, opened anew whenever it broke."""

    port: int
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, head: bytes, body: bytes) -> list[Said]:
        """Ask once; of a batch every verdict is an answer."""
        sent = time.monotonic()
        try:
            if self.reader is None or self.reader.at_eof():
                await self.close()
                self.reader, self.writer = await asyncio.open_connection(
                    "127.0.0.1", self.port
                )
            assert self.writer is not None
            sent = time.monotonic()
            self.writer.write(b"%b\r\ncontent-length: %d\r\n\r\n" % (head, len(body)))
            self.writer.write(body)
            async with asyncio.timeout(WAITS):
                status, said = await _answer(self.reader)
        except (OSError, EOFError, TimeoutError) as broken:
            await self.close()
            return [[sent, time.monotonic(), LOST, type(broken).__name__, None]]
        got = time.monotonic()
        return [[sent, got, status, *one] for one in _verdicts(status, said)]

    async def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            with contextlib.suppress(OSError):
                await self.writer.wait_closed()
        self.reader = self.writer = None


@dataclass(slots=True)
class Hammering:
    """One order on its way, over all of this process's connections."""

    order: Order
    answers: list[Said] = field(default_factory=list)
    welcomed: Counter[int] = field(default_factory=Counter)

    async def run(self, line: Line, place: int) -> None:
        """Go through the order's steps on one connection."""
        steps = self.order.get("steps") or [self.order]
        await asyncio.sleep(max(0.0, self.order.get("at", 0) - time.monotonic()))
        for number, step in enumerate(steps):
            await self._step(line, {**self.order, **step}, place, number)

    async def _step(self, line: Line, step: Order, place: int, number: int) -> None:
        """Ask one after another, until it is time, enough, or refused often enough."""
        head = _head(step)
        bodies = [body.encode() for body in step["bodies"]]
        asked = refused = 0
        is_welcome = False
        while time.monotonic() < step["until"] and asked < step.get("asks", NEVER):
            got = await line.ask(head, bodies[(place + asked) % len(bodies)])
            self.answers += [[*one, number, nth] for nth, one in enumerate(got)]
            asked += 1
            good = sum(one[3] == "valid" for one in got)
            if good == len(got) and not is_welcome:
                is_welcome = True
                self._welcome(number)
            if got[0][2] == LOST:
                await asyncio.sleep(PATIENCE)
            elif not good:
                refused += 1
                if refused >= step.get("refusals", NEVER):
                    return
            if "pause" in step:
                await asyncio.sleep(step["pause"])

    def _welcome(self, number: int) -> None:
        self.welcomed[number] += 1
        if "steps" in self.order and self.welcomed[number] == self.order["connections"]:
            _say(number)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    body = await reader.readexactly(int(headers["content-length"]))
    said = json.loads(body)
    if headers.get("retry-after"):
        said["waits"] = True
    return int(first.split()[1]), said


def _verdicts(status: int, said: dict[str, Any]) -> Iterator[Said]:
    for one in said.get("results", [said]):
        code = one["code"]
        # What claims to be allowed must be called so, and the reverse.
        if one.get("allowed", False) != (code == "valid"):
            code = f"contradictory {code}"
        if status == UNAVAILABLE and not said.get("waits"):
            code = "unavailable without retry-after"
        yield [code, one.get("request_id")]


def _head(step: Order) -> bytes:
    lines = [f"POST {step['path']} HTTP/1.1", "host: 127.0.0.1"]
    lines += ["content-type: application/json"]
    lines += [f"authorization: Bearer {step['bearer']}"]
    return "\r\n".join(lines).encode()


def _say(said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Answer orders until stdin ends."""
    lines: dict[tuple[int, int], Line] = {}
    while told := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(told)
        hammering = Hammering(order)
        jobs = []
        for number in range(order["connections"]):
            place = order["first"] + number
            port = order["ports"][place % len(order["ports"])]
            line = lines.setdefault((port, number), Line(port))
            jobs.append(hammering.run(line, place))
        await asyncio.gather(*jobs)
        _say(hammering.answers)
    for line in lines.values():
        await line.close()


if __name__ == "__main__":
    asyncio.run(main())
