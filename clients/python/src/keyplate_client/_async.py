"""The client for code with `await`. One belongs to one event loop."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import anyio
import httpx

from keyplate_client import _calls, _setup
from keyplate_client._calls import Call, T
from keyplate_client._setup import Setup
from keyplate_client._tries import Tries
from keyplate_client.errors import Answer, Unavailable
from keyplate_client.values import App, IssuedKey, Key, Ticket, Verdict

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from keyplate_client.wishes import (
        AppChanges,
        AppWish,
        KeyChanges,
        KeySearch,
        KeyWish,
        Rotation,
        TicketWish,
    )


class _Send(Protocol):
    async def __call__(self, call: Call[T], /) -> T: ...


class AsyncTickets:
    """Tickets that open the desk."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    async def issue(self, app_slug: str, **wish: Unpack[TicketWish]) -> Ticket:
        """Ask for a ticket; you have already decided that this person may."""
        return await self._send(_calls.issue_ticket(app_slug, wish))


class AsyncApps:
    """Apps: families of keys."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    async def create(self, app_slug: str, name: str, **wish: Unpack[AppWish]) -> App:
        return await self._send(_calls.create_app(app_slug, name, wish))

    async def list(self, *, include_inactive: bool = False) -> tuple[App, ...]:
        return await self._send(_calls.list_apps(include_inactive=include_inactive))

    async def get(self, app_slug: str) -> App:
        return await self._send(_calls.get_app(app_slug))

    async def update(self, app_slug: str, **changes: Unpack[AppChanges]) -> App:
        return await self._send(_calls.update_app(app_slug, changes))

    async def delete(self, app_slug: str) -> None:
        """Delete an app for good: its keys are refused from now on."""
        await self._send(_calls.delete_app(app_slug))


class AsyncKeys:
    """The keys of an app."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    async def create(
        self,
        app_slug: str,
        name: str,
        *,
        idempotency_key: str | None = None,
        **wish: Unpack[KeyWish],
    ) -> IssuedKey:
        """Make a key; its secret is in this answer and never again.

        Raises `AlreadyDone` if an earlier try made it and its answer was lost.
        """
        return await self._send(
            _calls.create_key(app_slug, name, wish, idempotency_key)
        )

    async def list(self, app_slug: str, **search: Unpack[KeySearch]) -> tuple[Key, ...]:
        """List an app's keys, newest first: the active ones, or those asked for."""
        return await self._send(_calls.list_keys(app_slug, search))

    async def get(self, app_slug: str, key_id: str) -> Key:
        return await self._send(_calls.get_key(app_slug, key_id))

    async def update(
        self, app_slug: str, key_id: str, **changes: Unpack[KeyChanges]
    ) -> Key:
        return await self._send(_calls.update_key(app_slug, key_id, changes))

    async def rotate(
        self,
        app_slug: str,
        key_id: str,
        *,
        idempotency_key: str | None = None,
        **wish: Unpack[Rotation],
    ) -> IssuedKey:
        """Give a key a new secret; the old one ends at once, or after an overlap.

        Raises `AlreadyDone` if an earlier try did and its answer was lost.
        """
        return await self._send(
            _calls.rotate_key(app_slug, key_id, wish, idempotency_key)
        )

    async def revoke(self, app_slug: str, key_id: str, *, reason: str = "") -> None:
        """End a key for good: it is refused from now on."""
        await self._send(_calls.revoke_key(app_slug, key_id, reason))


class AsyncKeyplate:
    """One Keyplate, spoken to with one backend key.

    Every call raises `Refused` when Keyplate says no and `Unavailable` when no usable
    answer came in time; nothing is ever guessed. Close it, or use it as a context.
    """

    def __init__(
        self,
        base_url: str,
        backend_key: str,
        *,
        timeout: float = 10.0,
        check_timeout: float = 2.0,
        connect_timeout: float = 1.0,
        repeats: int = 2,
        max_connections: int = 20,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._setup = Setup(
            base_url=base_url,
            backend_key=backend_key,
            timeout=timeout,
            check_timeout=check_timeout,
            connect_timeout=connect_timeout,
            repeats=repeats,
            max_connections=max_connections,
            ssl_context=ssl_context,
        )
        self._pool = httpx.AsyncClient(
            limits=self._setup.limits(),
            verify=self._setup.verify,
            follow_redirects=False,
            trust_env=False,
        )
        self.tickets = AsyncTickets(self._send)
        self.apps = AsyncApps(self._send)
        self.keys = AsyncKeys(self._send)

    async def check(
        self,
        secret: str,
        *,
        method: str,
        resource: str,
        client_ip: str | None = None,
        user_agent: str | None = None,
        required_permissions: Sequence[str] = (),
    ) -> Verdict:
        """Ask whether this key may make this request now.

        Raises `Unavailable` if there is no verdict, which is a no.
        """
        call = _calls.check(
            secret,
            method=method,
            resource=resource,
            client_ip=client_ip,
            user_agent=user_agent,
            required_permissions=required_permissions,
        )
        return await self._send(call)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._setup.base_url}>"

    async def _send(self, call: Call[T], /) -> T:
        tries = self._setup.tries(call)
        while True:
            try:
                return call.read(await self._try(call, tries))
            except Unavailable as trouble:  # noqa: PERF203 - trying again is the point
                await anyio.sleep(tries.pause_after(trouble))

    async def _try(self, call: Call[T], tries: Tries) -> Answer:
        left = tries.left()
        with _setup.httpx_errors(), anyio.move_on_after(left):
            async with self._pool.stream(
                call.method,
                self._setup.url(call),
                params=call.query,
                headers=self._setup.headers(call),
                content=_setup.content(call),
                timeout=self._setup.waits(left),
            ) as response:
                body = bytearray()
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > _setup.LARGEST_ANSWER:
                        raise _setup.too_large(response)
                return _setup.read(response, body)
        raise _setup.late()
