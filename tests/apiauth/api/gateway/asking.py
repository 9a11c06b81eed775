"""Proxies that ask, without one: a request in, the gateway's own check, an answer."""

import json
from dataclasses import dataclass, field
from typing import Any

from apiauth import gateway
from apiauth.api.gateway import dialects
from apiauth.api.gateway.dialects.proxies import Dialect
from apiauth.api.gateway.messages import Request, Response
from apiauth.errors import ApiAuthError

PROXY, CUSTOMER = "127.0.0.1", "203.0.113.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One dialect, and how a proxy of its kind reports a request in it."""

    name: str
    dialect: Dialect
    path: str = ""
    method_header: str = ""
    uri_header: str = ""

    def request(
        self,
        *,
        method: str = "GET",
        uri: str = "/orders",
        peer: str = PROXY,
        require: str = "",
        **headers: str,
    ) -> Request:
        """Report a request as this proxy does; `_` in names of headers is `-`."""
        sent = {"x-forwarded-for": CUSTOMER}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.uri_header:
            sent = {self.method_header: method, self.uri_header: uri, **sent}
            return Request(path=self.path, query=require, **_by(peer, sent))
        path, _, query = uri.partition("?")
        path = f"{dialects.ENVOY.rstrip('/')}{path}"
        return Request(path=path, query=query, **_by(peer, sent, method))


def _by(peer: str, headers: dict[str, str], method: str = "GET") -> dict[str, Any]:
    # Any: they are the members of a request.
    return {"peer": peer, "headers": headers, "method": method}


NGINX = Kind(
    name="nginx",
    dialect=dialects.Nginx(),
    path="/gateway/nginx",
    method_header="x-original-method",
    uri_header="x-original-uri",
)
FORWARD_AUTH = Kind(
    name="forward-auth",
    dialect=dialects.ForwardAuth(),
    path="/gateway/forward-auth",
    method_header="x-forwarded-method",
    uri_header="x-forwarded-uri",
)
ENVOY = Kind(name="envoy", dialect=dialects.Envoy())
KINDS = (NGINX, FORWARD_AUTH, ENVOY)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, taken apart."""

    response: Response
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def code(self) -> str:
        return self.response.headers["x-auth-code"]

    @property
    def error(self) -> str:
        return self.response.headers["x-auth-error"]

    def __getitem__(self, header: str) -> str:
        return self.response.headers[header]


def question(kind: Kind, **facts: str) -> gateway.Question:
    """The question that a report becomes."""
    [only] = kind.dialect.ask(kind.request(**facts)).questions
    return only


def answer(kind: Kind, **facts: str) -> Answered:
    """Ask as this proxy does, and take what comes."""
    try:
        asked = kind.dialect.ask(kind.request(**facts))
        verdicts = [gateway.check(one) for one in asked.questions]
        response = kind.dialect.answer(asked, verdicts, seconds=0)
    except ApiAuthError as refusal:
        response = kind.dialect.refuse(refusal)
    return read(response)


def judged(kind: Kind, verdict: gateway.Verdict) -> Answered:
    """Answer a verdict that was reached somehow."""
    asked = kind.dialect.ask(kind.request(authorization="Bearer x"))
    return read(kind.dialect.answer(asked, [verdict], seconds=0))


def read(response: Response) -> Answered:
    return Answered(response, json.loads(response.body))
