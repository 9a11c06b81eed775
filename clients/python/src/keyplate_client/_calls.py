"""Every call of the API as a value: what is sent, how it is read, when to repeat it.

No network here, so that the client with and the one without `await` share it all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote

from keyplate_client import _wire, wishes
from keyplate_client._tries import Repeat
from keyplate_client._wire import Unreadable, Wire
from keyplate_client.errors import Answer, refusal, unusable
from keyplate_client.values import App, IssuedKey, Key, Ticket, Verdict

T = TypeVar("T")
_OK = range(200, 300)
_TROUBLE = 500  # From here on a server could not do what it should.


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One request to Keyplate, and what its answer means."""

    method: str
    path: str
    read: Callable[[Answer], T]
    body: Mapping[str, object] | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    token: str = ""  # against doing it twice
    repeat: Repeat = Repeat.UNSENT
    is_check: bool = False


def issue_ticket(app_slug: str, wish: Mapping[str, object]) -> Call[Ticket]:
    asked = {"ticket_type": "api_auth_access", "api_auth_app_slug": app_slug}
    return Call(
        method="POST",
        path="/session/tickets",
        body={**asked, **_body(wish, wishes.TicketWish)},
        read=_object(Ticket.from_wire),
        # A ticket whose answer was lost opens nothing and ends by itself.
        repeat=Repeat.HARMLESS,
    )


def check(
    secret: str,
    *,
    method: str,
    resource: str,
    client_ip: str | None,
    user_agent: str | None,
    required_permissions: Sequence[str],
) -> Call[Verdict]:
    required = _wire.texts("required_permissions", required_permissions)
    body: dict[str, object] = {
        "principal": {"type": "api_key", "value": secret},
        "method": method,
        "resource": resource,
        "required_permissions": required,
    }
    body |= {"client_ip": client_ip} if client_ip else {}
    body |= {"user_agent": user_agent} if user_agent else {}
    return Call(
        method="POST",
        path="/v1/authz/check",
        body=body,
        read=_verdict(tuple(required)),
        # At worst one request counts twice against a limit.
        repeat=Repeat.HARMLESS,
        is_check=True,
    )


def create_app(app_slug: str, name: str, wish: Mapping[str, object]) -> Call[App]:
    return Call(
        method="POST",
        path=_apps(),
        body={"app_slug": app_slug, "name": name, **_body(wish, wishes.AppWish)},
        read=_object(App.from_wire),
    )


def list_apps(*, include_inactive: bool) -> Call[tuple[App, ...]]:
    return Call(
        method="GET",
        path=_apps(),
        query=_query({"include_inactive": include_inactive}, wishes.KeySearch),
        read=_objects("apps", App.from_wire),
        repeat=Repeat.HARMLESS,
    )


def get_app(app_slug: str) -> Call[App]:
    return Call(
        method="GET",
        path=_apps(app_slug),
        read=_object(App.from_wire),
        repeat=Repeat.HARMLESS,
    )


def update_app(app_slug: str, changes: Mapping[str, object]) -> Call[App]:
    return Call(
        method="PATCH",
        path=_apps(app_slug),
        body=_body(changes, wishes.AppChanges),
        read=_object(App.from_wire),
    )


def delete_app(app_slug: str) -> Call[None]:
    return Call(method="DELETE", path=_apps(app_slug), read=_nothing)


def create_key(
    app_slug: str, name: str, wish: Mapping[str, object], token: str | None
) -> Call[IssuedKey]:
    return Call(
        method="POST",
        path=_keys(app_slug),
        body={"name": name, **_body(wish, wishes.KeyWish)},
        read=_object(IssuedKey.from_wire),
        token=_token(token),
        repeat=Repeat.HARMLESS,
    )


def list_keys(app_slug: str, search: Mapping[str, object]) -> Call[tuple[Key, ...]]:
    return Call(
        method="GET",
        path=_keys(app_slug),
        query=_query(search, wishes.KeySearch),
        read=_objects("keys", Key.from_wire),
        repeat=Repeat.HARMLESS,
    )


def get_key(app_slug: str, key_id: str) -> Call[Key]:
    return Call(
        method="GET",
        path=_keys(app_slug, key_id),
        read=_object(Key.from_wire),
        repeat=Repeat.HARMLESS,
    )


def update_key(app_slug: str, key_id: str, changes: Mapping[str, object]) -> Call[Key]:
    return Call(
        method="PATCH",
        path=_keys(app_slug, key_id),
        body=_body(changes, wishes.KeyChanges),
        read=_object(Key.from_wire),
    )


def rotate_key(
    app_slug: str, key_id: str, wish: Mapping[str, object], token: str | None
) -> Call[IssuedKey]:
    return Call(
        method="POST",
        path=f"{_keys(app_slug, key_id)}/rotate",
        body=_body(wish, wishes.Rotation),
        read=_object(IssuedKey.from_wire),
        token=_token(token),
        repeat=Repeat.HARMLESS,
    )


def revoke_key(app_slug: str, key_id: str, reason: str) -> Call[None]:
    return Call(
        method="POST",
        path=f"{_keys(app_slug, key_id)}/revoke",
        body={"reason": reason} if reason else {},
        read=_nothing,
    )


def _apps(*names: str) -> str:
    return "/".join(["/api-auth/apps", *(_segment(name) for name in names)])


def _keys(app_slug: str, *ids: str) -> str:
    return "/".join([_apps(app_slug), "keys", *(_segment(name) for name in ids)])


def _segment(name: str) -> str:
    """Quote one part of a path. Raises `ValueError` for what would lead elsewhere."""
    if name in {"", ".", ".."}:
        raise ValueError(f"{name!r} names nothing")
    return quote(name, safe="")


def _query(values: Mapping[str, object], known: type) -> dict[str, str]:
    """Write a query; what is false is left out, as it is what happens without."""
    return {
        name: "true" if value is True else str(value)
        for name, value in _known(values, known).items()
        if value not in {None, False}
    }


def _body(values: Mapping[str, object], known: type) -> dict[str, object]:
    lists = ("capabilities", "grantable_permissions", "permissions", "resources")
    for name in lists:
        if isinstance(values.get(name), str):
            raise TypeError(f"{name} takes a list of text, not text")
    return _wire.jsonable(_known(values, known))


def _known(values: Mapping[str, object], known: type) -> Mapping[str, object]:
    """Refuse a misspelt name: Keyplate would not miss the right one."""
    unknown = sorted(set(values) - set(known.__annotations__))
    if unknown:
        raise TypeError(f"there is no argument {unknown[0]!r}")
    return values


def _token(given: str | None) -> str:
    """Return a token of the caller's, or a new one for this call alone."""
    if given is None:
        return uuid.uuid4().hex
    if not given or not given.isascii() or not given.isprintable():
        raise ValueError("idempotency_key is printable ASCII")
    return given


def _object(read: Callable[[Wire], T]) -> Callable[[Answer], T]:
    def reader(answer: Answer) -> T:
        return _reading(read, _success(answer), answer)

    return reader


def _objects(name: str, read: Callable[[Wire], T]) -> Callable[[Answer], tuple[T, ...]]:
    def read_all(wire: Wire) -> tuple[T, ...]:
        return tuple(read(one) for one in wire.objects(name))

    return _object(read_all)


def _nothing(answer: Answer) -> None:
    if answer.status not in _OK:
        raise refusal(answer)


def _verdict(required: tuple[str, ...]) -> Callable[[Answer], Verdict]:
    """Read a verdict, and nothing else for one.

    A refusal of our own gateway key, or a proxy's error page, has no `allowed`: that
    is trouble of ours and must not look like a customer's bad key.
    """

    def reader(answer: Answer) -> Verdict:
        members = answer.members or {}
        if answer.status >= _TROUBLE or "allowed" not in members:
            raise refusal(answer)
        verdict = _reading(
            lambda wire: Verdict.from_wire(wire, required=required),
            Wire(members),
            answer,
        )
        is_pass = answer.status == 200 and verdict.code in {"", "valid"}  # noqa: PLR2004
        if verdict.allowed and not is_pass:
            raise unusable(answer, "it allows and refuses at once")
        if verdict.allowed and verdict.identity is None:
            raise unusable(answer, "it allows nobody")
        return verdict

    return reader


def _success(answer: Answer) -> Wire:
    if answer.status not in _OK:
        raise refusal(answer)
    if answer.members is None:
        raise unusable(answer, "it is no JSON object")
    return Wire(answer.members)


def _reading(read: Callable[[Wire], T], wire: Wire, answer: Answer) -> T:
    try:
        return read(wire)
    except Unreadable as error:
        raise unusable(answer, str(error)) from error
