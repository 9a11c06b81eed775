"""One person's browser as far as HTTP goes: cookies by host, redirects by hand.

Names under .localhost are this machine, whatever the resolver says of them.
"""

import http.client
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from demo.pages import Page

WAITS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    def json(self) -> dict[str, Any]:  # JSON members
        """Return the body as an object; an empty one if it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def page(self) -> Page:
        """Return the body as a page with forms."""
        return Page.read(self.text)

    def __str__(self) -> str:
        """Say the status, and the code if the body carries one."""
        code = self.json().get("code")
        return f"{self.status} ({code})" if code else str(self.status)


@dataclass(slots=True)
class Browser:
    """Sends requests, keeps cookies, follows nothing by itself."""

    cookies: dict[str, dict[str, str]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Load an address."""
        return self._send("GET", url, b"", headers or {})

    def post_form(
        self,
        url: str,
        fields: Mapping[str, str] | list[tuple[str, str]],
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form the way a page of the same site does."""
        extra = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": _origin(url),
            **(headers or {}),
        }
        return self._send("POST", url, urlencode(fields).encode(), extra)

    def post_json(
        self,
        url: str,
        body: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send JSON the way a script of the same site, or a server, does."""
        extra = {"Content-Type": "application/json", **(headers or {})}
        return self._send("POST", url, json.dumps(body).encode(), extra)

    def _send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        parts = urlsplit(url)
        name = parts.hostname or ""
        local = name == "localhost" or name.endswith(".localhost")
        connection = http.client.HTTPConnection(
            "127.0.0.1" if local else name, parts.port, timeout=WAITS
        )
        jar = "; ".join(f"{key}={value}" for key, value in self.cookies[name].items())
        sent = {"Host": parts.netloc, **({"Cookie": jar} if jar else {}), **headers}
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        try:
            connection.request(method, target, body or None, sent)
            response = connection.getresponse()
            text = response.read().decode("utf-8", errors="replace")
        finally:
            connection.close()
        self._keep(name, response.headers)
        return Answer(status=response.status, headers=response.headers, text=text)

    def _keep(self, name: str, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie", []):
            pair, *attributes = (part.strip() for part in line.split(";"))
            key, _, value = pair.partition("=")
            if any(part.lower() == "max-age=0" for part in attributes):
                self.cookies[name].pop(key, None)
            else:
                self.cookies[name][key] = value


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
