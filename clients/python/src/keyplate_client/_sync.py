"""The client for code without `await`. Threads may share one."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

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
    def __call__(self, call: Call[T], /) -> T: ...


class Tickets:
    """Tickets that open the desk."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    def issue(self, app_slug: str, **wish: Unpack[TicketWish]) -> Ticket:
        """Ask for a ticket; you have already decided that this person may."""
        return self._send(_calls.issue_ticket(app_slug, wish))


class Apps:
    """Apps: families of keys."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    def create(self, app_slug: str, name: str, **wish: Unpack[AppWish]) -> App:
        return self._send(_calls.create_app(app_slug, name, wish))

    def list(self, *, include_inactive: bool = False) -> tuple[App, ...]:
        return self._send(_calls.list_apps(include_inactive=include_inactive))

    def get(self, app_slug: str) -> App:
        return self._send(_calls.get_app(app_slug))

    def update(self, app_slug: str, **changes: Unpack[AppChanges]) -> App:
        return self._send(_calls.update_app(app_slug, changes))

    def delete(self, app_slug: str) -> None:
        """Delete an app for good: its keys are refused from now on."""
        self._send(_calls.delete_app(app_slug))


class Keys:
    """The keys of an app."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    def create(
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
        return self._send(_calls.create_key(app_slug, name, wish, idempotency_key))

    def list(self, app_slug: str, **search: Unpack[KeySearch]) -> tuple[Key, ...]:
        """List an app's keys, newest first: the active ones, or those asked for."""
        return self._send(_calls.list_keys(app_slug, search))

    def get(self, app_slug: str, key_id: str) -> Key:
        return self._send(_calls.get_key(app_slug, key_id))

    def update(self, app_slug: str, key_id: str, **changes: Unpack[KeyChanges]) -> Key:
        return self._send(_calls.update_key(app_slug, key_id, changes))

    def rotate(
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
        return self._send(_calls.rotate_key(app_slug, key_id, wish, idempotency_key))

    def revoke(self, app_slug: str, key_id: str, *, reason: str = "") -> None:
        """End a key for good: it is refused from now on."""
        self._send(_calls.revoke_key(app_slug, key_id, reason))


class Keyplate:
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
        self._pool = self._new_pool()
        self._process = os.getpid()
        self.tickets = Tickets(self._send)
        self.apps = Apps(self._send)
        self.keys = Keys(self._send)

    def check(
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
        return self._send(call)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._setup.base_url}>"

    def _send(self, call: Call[T], /) -> T:
        tries = self._setup.tries(call)
        while True:
            try:
                return call.read(self._try(call, tries))
            except Unavailable as trouble:  # noqa: PERF203 - trying again is the point
                time.sleep(tries.pause_after(trouble))

    def _try(self, call: Call[T], tries: Tries) -> Answer:
        with (
            _setup.httpx_errors(),
            self._connections().stream(
                call.method,
                self._setup.url(call),
                params=call.query,
                headers=self._setup.headers(call),
                content=_setup.content(call),
                timeout=self._setup.waits(tries.left()),
            ) as response,
        ):
            body = bytearray()
            for part in response.iter_raw():
                body += part
                if len(body) > _setup.LARGEST_ANSWER:
                    raise _setup.too_large(response)
                if tries.is_over():
                    raise _setup.late()
            return _setup.read(response, body)

    def _connections(self) -> httpx.Client:
        # A forked process must not read answers that are meant for its parent.
        if self._process != os.getpid():
            self._pool, self._process = self._new_pool(), os.getpid()
        return self._pool

    def _new_pool(self) -> httpx.Client:
        return httpx.Client(
            limits=self._setup.limits(),
            verify=self._setup.verify,
            follow_redirects=False,
            trust_env=False,
        )
