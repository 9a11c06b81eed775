"""Requests as they are handed on to a WSGI site, once all of them has come."""

from apiauth.api.gateway.application import (
    Application,
    Message,
    Receive,
    Scope,
    Send,
)


class Arrivals:
    """Hands a request on to `site` when its body is here, however long that takes.

    No thread waits for a client who sends slowly or not at all; one who leaves before
    the end has asked nothing. Of a body of more than `most_bytes` the site finds only
    the beginning, as if the client had left then: it takes none that is so large.

    Headers whose names have underscores are left out. To WSGI `X_Forwarded_For` is
    `X-Forwarded-For`, and proxies pass on what only looks like a header of theirs.
    """

    def __init__(self, site: Application, *, most_bytes: int) -> None:
        self._site = site
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI calls it."""
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        body = await self._body(receive)
        if body is not None:
            await self._site(_unambiguous(scope), _once(body), send)

    async def _body(self, receive: Receive) -> bytes | None:
        body, has_more = bytearray(), True
        while has_more and len(body) <= self._most_bytes:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            has_more = message.get("more_body", False)
        return bytes(body)


def _unambiguous(scope: Scope) -> Scope:
    headers = [one for one in scope["headers"] if b"_" not in one[0]]
    return {**scope, "headers": headers}


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
