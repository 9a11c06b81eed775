"""The whole site in one process: clients who are slow keep nobody waiting."""

import asyncio

from django.conf import settings

from config.asgi import application

MORE_THAN_THREADS = 12


def scope(method, path, *headers):
    host = (b"host", b"testserver")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [host, *headers],
    }


UPLOAD = scope(
    "POST",
    "/admin/login/",
    (b"content-type", b"application/x-www-form-urlencoded"),
    (b"content-length", b"500"),
    (b"cookie", b"%b=%b" % (settings.CSRF_COOKIE_NAME.encode(), b"a" * 32)),
)
SHEET = scope("GET", "/static/vendor/htmx-2.0.11.min.js")


async def status_meanwhile(slow, asked):
    """Give the status of a request while the slow ones wait, then let those go."""
    said = []

    async def nothing():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        said.append(message)

    tasks = [asyncio.create_task(one) for one in slow]
    await asyncio.sleep(0.2)
    try:
        await asyncio.wait_for(application(asked, nothing, send), 5)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return said[0]["status"]


def test_answers_while_others_send_slowly():
    async def talk():
        gone = asyncio.Event()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(_):
            pass

        slow = [application(UPLOAD, receive, send) for _ in range(MORE_THAN_THREADS)]
        try:
            return await status_meanwhile(slow, scope("GET", "/nowhere"))
        finally:
            gone.set()

    assert asyncio.run(talk()) == 404


def test_answers_while_others_take_their_answers_slowly():
    async def talk():
        taken = asyncio.Event()

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_):
            await taken.wait()

        slow = [application(SHEET, receive, send) for _ in range(MORE_THAN_THREADS)]
        try:
            return await status_meanwhile(slow, scope("GET", "/nowhere"))
        finally:
            taken.set()

    assert asyncio.run(talk()) == 404
