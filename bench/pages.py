"""What a browser loads to show the desk: scripts and styles, compressed as served."""

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

from bench import programs
from devtools import manage, server, static, surroundings
from devtools.paths import Missing

PAGE = "/vanity/api-auth"
KIB = 1024
WAITS = 10.0
_LOADED = ("stylesheet", "modulepreload")
_IMPORT = re.compile(rb"""(?:\bimport\b|\bfrom\b)\s*\(?\s*["'](\.[^"']+\.js)["']""")


def measure(folder: Path) -> dict[str, float]:
    """Serve the desk and load its first page; returns sizes in KiB."""
    environment = surroundings.for_checking(
        database_url=f"sqlite:///{folder / 'pages'}.sqlite3"
    )
    environment["KEYPLATE_STATIC_ROOT"] = static.collected(environment, compressed=True)
    manage.run("migrate", environment)
    with programs.running(
        programs.keyplate(workers=1),
        environment,
        log=folder / "pages.log",
        probe=server.PROBE_PATH,
    ) as keyplate:
        sizes = _sizes(f"http://127.0.0.1:{keyplate.port}{PAGE}")
    scripts = sum(size for url, size in sizes.items() if url.endswith(".js"))
    styles = sum(size for url, size in sizes.items() if url.endswith(".css"))
    if not scripts or not styles:
        raise Missing("the desk's page names no script or no style sheet.")
    return {
        "scripts_kib": scripts / KIB,
        "styles_kib": styles / KIB,
        "first_load_kib": (scripts + styles) / KIB,
        "files": float(len(sizes)),
    }


class _Links(HTMLParser):
    """Collects what a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" in said:
            self.found.append(said["src"])
        if tag == "link" and said.get("rel") in _LOADED:
            self.found.append(said["href"])


def links(page: str) -> list[str]:
    """Name the scripts and style sheets of a page, in its order."""
    reader = _Links()
    reader.feed(page)
    return reader.found


def imports(script: bytes) -> list[str]:
    """Name the modules that a script imports."""
    return [name.decode() for name in _IMPORT.findall(script)]


def _sizes(page: str) -> dict[str, int]:
    """Return every file's bytes on the wire, those of imported modules included."""
    waiting = [urljoin(page, link) for link in links(_load(page).decode())]
    sizes: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        if url in sizes:
            continue
        sizes[url] = len(_load(url, encodings="br, gzip"))
        if url.endswith(".js"):
            waiting += [urljoin(url, name) for name in imports(_load(url))]
    return sizes


def _load(url: str, *, encodings: str = "identity") -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": encodings})  # noqa: S310 - our own http URL.
    try:
        with urllib.request.urlopen(request, timeout=WAITS) as answer:  # noqa: S310
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        # Without a ticket the desk answers 4xx, by a page with everything on it.
        return error.read() if url.endswith(PAGE) else _refuse(url, error.code)


def _refuse(url: str, status: int) -> bytes:
    raise Missing(f"{url} answered {status}.")
