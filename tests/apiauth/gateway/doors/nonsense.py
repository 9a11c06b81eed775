"""What no host and no customer means: credentials, bodies, headers and queries.

All of it is drawn from a seed; the same seed draws the same.
"""

import json
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from apiauth import credentials
from tests.apiauth.api import bodies

_LETTERS = string.ascii_letters + string.digits
_ODD = [
    "\t",
    "\x01",
    "\x1f",
    "\x7f",
    "\x80",
    "é",
    "\xff",
    " ",
    '"',
    "\\",
    "%",
    ",",
    ";",
]
_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/xml",
    "/",
    "application/jsonx",
    "\xff\xfe",
]
_AUTHORIZATIONS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer  x",
    "Basic eDp4",
    "bearer\tx",
    "Digest username=x",
    "Bearer é",
    "Bearer \xff",
    "Token x, Bearer y",
]
_ADDRESSES = [
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "::g",
    "fe80::1%eth0",
    "<b>",
    "a" * 5000,
]
_REQUIRED = [
    "a b",
    "(",
    "a AND",
    "OR",
    "*",
    "a:*",
    "((a)",
    "a AND AND b",
    "\u202e",
    "{}",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that nobody means; `is_shapeless` where only the key is bad."""

    method: str
    address: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    why: str
    is_shapeless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Draws requests; `key` and `asker` are good ones, so that one thing is wrong."""

    random: Random
    key: str = field(repr=False)
    asker: str = field(repr=False)

    def checks(self, address: str, many: int) -> Iterator[Asked]:
        """Draw requests for the check, or for its batch."""
        kinds = [self._credential, self._member, self._body, self._type, self._caller]
        for n in range(many):
            yield kinds[n % len(kinds)](address)

    def reports(self, address: str, many: int) -> Iterator[Asked]:
        """Draw requests as proxies send them."""
        kinds = [self._reported_key, self._reported_line, self._reported_need]
        for n in range(many):
            yield kinds[n % len(kinds)](address)

    # ------------------------------------------------------------------------ checks

    def _credential(self, address: str) -> Asked:
        return self._asked(address, "credential", self._about(self._shapeless()))

    def _member(self, address: str) -> Asked:
        question = self._about(self.key)
        name = self.random.choice([*question, "environment", "explain", "unknown"])
        values: dict[str, Callable[[], object]] = {
            "principal": lambda: self._one(
                [*bodies.NOT_A_LIST, [], None, {"type": "api_key"}, {"type": 7}]
            ),
            "method": lambda: self._one(
                [*bodies.NOT_TEXT, None, "", "TRACE", "get ", "GET\n", self._text()]
            ),
            "resource": lambda: self._one(
                [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", "?a", "#"]
            ),
            "client_ip": lambda: self._one([*bodies.NOT_TEXT, *_ADDRESSES]),
            "required_permissions": lambda: self._one(
                [*bodies.NOT_A_LIST, [self._one(_REQUIRED)], ["a"] * 101, [7], [None]]
            ),
            "environment": lambda: self._one(
                [*bodies.NOT_TEXT, "", "test", "PRODUCTION"]
            ),
            "explain": lambda: self._one(["true", 1, 0, None, [], {}]),
            "unknown": self._text,
        }
        question[name] = values[name]()
        if self.random.random() < 0.1:
            del question[self._one(["principal", "method", "resource"])]
        return self._asked(address, f"member {name}", question)

    def _body(self, address: str) -> Asked:
        whole = self._wrapped(address, self._about(self.key))
        raw = json.dumps(whole).encode()
        at = self.random.randrange(1, len(raw))
        spoilt = self._one(
            [
                raw[:at],
                raw[:-1],
                raw + b"}",
                raw + raw,
                raw[:at] + b"\xff" + raw[at:],
                raw[:at] + b"\x00" + raw[at:],
                raw.decode().encode("utf-16"),
                b"\xef\xbb\xbf" + raw[:-1],
                b"[" + raw + b"]",
                json.dumps(raw.decode()).encode(),
                raw.replace(b'"method"', b'"method": "GET", "method"'),
                self.random.randbytes(self.random.randrange(200)),
                raw + b" " * 1_100_000,
                *bodies.BROKEN,
            ]
        )
        return self._asked(address, "body", spoilt)

    def _type(self, address: str) -> Asked:
        kind = self._one(_TYPES)
        question = self._about(self.key)
        return self._asked(address, "type", question, {"content-type": kind})

    def _caller(self, address: str) -> Asked:
        question = self._about(self.key)
        if self.random.random() < 0.5:
            offered = self._one([*_AUTHORIZATIONS, f"Bearer {self._shapeless(1000)}"])
            return self._asked(address, "caller", question, {"authorization": offered})
        del question["client_ip"]
        header = {"x-original-client-ip": self._one(_ADDRESSES)}
        return self._asked(address, "address", question, header)

    def _about(self, secret: str) -> dict[str, Any]:  # JSON
        return {
            "principal": {"type": "api_key", "value": secret},
            "method": "GET",
            "resource": "/reports",
            "client_ip": "192.0.2.1",
            "required_permissions": [],
        }

    def _asked(
        self,
        address: str,
        why: str,
        body: object,
        headers: Mapping[str, str] | None = None,
    ) -> Asked:
        raw = body
        if not isinstance(raw, bytes):
            raw = json.dumps(self._wrapped(address, body)).encode()
        return Asked(
            method="POST",
            address=address,
            headers={"authorization": f"Bearer {self.asker}", **(headers or {})},
            body=raw,
            why=why,
            is_shapeless=why == "credential",
        )

    @staticmethod
    def _wrapped(address: str, question: object) -> object:
        return {"checks": [question]} if address.endswith("batch") else question

    # ----------------------------------------------------------------------- reports

    def _reported_key(self, address: str) -> Asked:
        secret = self._shapeless(2000).encode("latin-1", "replace").decode("latin-1")
        headers = self._one(
            [
                {"authorization": f"Bearer {secret}"},
                {"authorization": secret},
                {"authorization": f"Basic {secret}"},
                {"authorization": f"Bearer {self.key}, Bearer {secret}"},
                {"x-api-key": secret},
                {"x-api-key": f"{self.key},{secret}"},
            ]
        )
        return self._reported(address, "credential", headers, is_shapeless=True)

    def _reported_line(self, address: str) -> Asked:
        paths = [
            "reports",
            "",
            "*",
            "http://x/",
            "/a/../b",
            "/%2e%2e/a",
            "/a#b",
            "/..;/",
        ]
        headers = {
            "authorization": f"Bearer {self.key}",
            "x-original-uri": self._one(paths),
            "x-forwarded-uri": self._one(paths),
        }
        if address.startswith("/gateway/envoy/"):
            rest = self._one(["a/../b", "%2e%2e/a", "a/..", "..;/a", "a/%2E/b"])
            address = f"/gateway/envoy/{rest}"
        return self._reported(address, "line", headers)

    def _reported_need(self, address: str) -> Asked:
        need = self._one(_REQUIRED[:-2])
        headers = {"authorization": f"Bearer {self.key}", "x-keyplate-require": need}
        if not address.startswith("/gateway/envoy/") and self.random.random() < 0.7:
            del headers["x-keyplate-require"]
            query = self._one(
                [f"require={quote(need)}", "require=", "required=a", "a&b"]
            )
            address = f"{address}?{query}"
        return self._reported(address, "need", headers)

    def _reported(
        self, address: str, why: str, headers: Mapping[str, str], **facts: bool
    ) -> Asked:
        told = {
            "x-forwarded-for": "192.0.2.1",
            "x-keyplate-gateway-key": self.asker,
            "x-original-method": "GET",
            "x-original-uri": "/reports",
            "x-forwarded-method": "GET",
            "x-forwarded-uri": "/reports",
        }
        sent = {**told, **headers}
        return Asked(
            method="GET", address=address, headers=sent, body=b"", why=why, **facts
        )

    # -------------------------------------------------------------------------- words

    def _shapeless(self, most: int = 20_000) -> str:
        """Draw what has no key's shape, or another checksum."""
        at = self.random.randrange(len(self.key))
        wrong = self._one([one for one in _LETTERS if one != self.key[at]])
        secret = self._one(
            [
                self.key[:at] + wrong + self.key[at + 1 :],
                self.key[:at],
                self.key[:at] + self._one(_ODD) + self.key[at:],
                self.key + self._text(),
                self.key.upper(),
                self.key * self.random.randrange(2, 9),
                "x" * self.random.randrange(1, most),
                self._text(),
                "acme_live_" + "".join(self.random.choices(_LETTERS, k=40)),
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
                "apt." + "".join(self.random.choices(_LETTERS, k=60)),
            ]
        )
        # One in four thousand million has the right checksum by chance.
        return "nonsense" if credentials.looks_right(secret.strip()) else secret

    def _text(self) -> str:
        letters = [*_ODD, *"ab:/_-.", "\u200b", "\u202e", "字"]
        return "".join(self.random.choices(letters, k=self.random.randrange(1, 40)))

    def _one[T](self, of: list[T]) -> T:
        return self.random.choice(of)
