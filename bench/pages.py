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
_LATER_STYLES = "portal-later"
_IMPORT = re.compile(rb"""(?:\bimport\b|\bfrom\b)\s*["'](\.[^"']+\.js)["']""")
_LATER_IMPORT = re.compile(rb"""\bimport\(\s*["'](\.[^"']+\.js)["']""")


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
        page = f"http://127.0.0.1:{keyplate.port}{PAGE}"
        found, everything = sizes(page), sizes(page, is_later=True)
    scripts = sum(size for url, size in found.items() if url.endswith(".js"))
    styles = sum(size for url, size in found.items() if url.endswith(".css"))
    if not scripts or not styles:
        raise Missing("the desk's page names no script or no style sheet.")
    return {
        "scripts_kib": scripts / KIB,
        "styles_kib": styles / KIB,
        "first_load_kib": (scripts + styles) / KIB,
        "files": float(len(found)),
        "later_kib": (sum(everything.values()) - scripts - styles) / KIB,
    }


class _Links(HTMLParser):
    """Collects what a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.later: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" in said:
            self.found.append(said["src"])
        if tag == "link" and said.get("rel") in _LOADED:
            self.found.append(said["href"])
        if tag == "meta" and said.get("name") == _LATER_STYLES:
            self.later.append(said["content"])


def links(page: str, *, is_later: bool = False) -> list[str]:
    """Name the scripts and style sheets of a page, in its order; those for later too."""
    reader = _Links()
    reader.feed(page)
    return reader.found + (reader.later if is_later else [])


def imports(script: bytes, *, is_later: bool = False) -> list[str]:
    """Name the modules that a script loads with itself; those for later too."""
    found = _IMPORT.findall(script)
    found += _LATER_IMPORT.findall(script) if is_later else []
    return [name.decode() for name in found]


def sizes(page: str, *, is_later: bool = False) -> dict[str, int]:
    """Return every file's bytes on the wire, those of imported modules included.

    What comes when somebody goes on to a later screen is among them only if asked for;
    tests/e2e/test_first_load.py holds a browser to both lists.
    """
    text = _load(page).decode()
    waiting = [urljoin(page, link) for link in links(text, is_later=is_later)]
    found: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        if url in found:
            continue
        found[url] = len(_load(url, encodings="br, gzip"))
        if url.endswith(".js"):
            names = imports(_load(url), is_later=is_later)
            waiting += [urljoin(url, name) for name in names]
    return found


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
