"""How static files are written for browsers, named and sent."""

import posixpath
import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import rjsmin
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import Storage as Files
from whitenoise.storage import CompressedManifestStaticFilesStorage

_FOR_OTHER_SITES = "/static/embed/"
# What others wrote is sent as they published it, its licence in it.
_OURS = ("admin-keyplate/", "docs/", "embed/", "portal/")
_IMPORT = re.compile(r'^@import "([\w./-]+)";$', re.MULTILINE)
# White space and comments, between the texts in quotes. Where there was any, one space
# stays: in nested rules it tells a descendant from the same element.
_BETWEEN = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?:\s|/\*(?!!).*?\*/)+""", re.DOTALL
)
# Where a collected file comes from, and what it is called there.
type Sources = Mapping[str, tuple[Files, str]]
type Processed = Iterator[tuple[str, str, bool] | tuple[str, None, RuntimeError]]


class Shortened(ManifestStaticFilesStorage):
    """Sends our scripts and style sheets without comments and white space.

    A sheet has in it what it imports. Files are named by what is sent, in the imports
    of our own modules too.
    """

    # Else a page of today could load a module of yesterday from a cache.
    support_js_module_import_aggregation = True

    def post_process(
        self,
        paths: Sources,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **options: Any,  # as Django has it
    ) -> Processed:
        """Shorten what was collected, then name it as Django does."""
        shortened = [] if dry_run else self._shorten(paths)
        anew = {name: (self, name) for name in shortened}
        yield from super().post_process({**paths, **anew}, dry_run, **options)

    def _shorten(self, paths: Sources) -> list[str]:
        """Write what is ours anew, from its source; returns the names."""
        ours = [
            name
            for name in paths
            if name.startswith(_OURS) and name.endswith((".css", ".js"))
        ]
        for name in ours:
            text = _read(*paths[name])
            shortened = sheet(text) if name.endswith(".css") else script(text)
            Path(self.path(name)).write_text(shortened)
        return ours


class Storage(Shortened, CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """The same, compressed ahead of time."""


def script(text: str) -> str:
    """Shorten a script; its names and statements stay. Comments with ! stay as well."""
    return str(rjsmin.jsmin(text, keep_bang_comments=True))


def sheet(text: str) -> str:
    """Shorten a style sheet; its rules stay, and comments with !."""
    return _BETWEEN.sub(lambda found: found[1] or " ", text).strip()


def add_headers(headers: MutableMapping[str, str], _path: str, url: str) -> None:
    """Let hosts on other sites load the embed script, and nothing else."""
    if url.startswith(_FOR_OTHER_SITES):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _read(source: Files, path: str) -> str:
    """Read a file; a style sheet with those that it imports in their place."""
    with source.open(path) as file:
        text = file.read().decode()
    if not path.endswith(".css"):
        return str(text)
    folder = posixpath.dirname(path)
    return _IMPORT.sub(
        lambda found: _read(source, posixpath.join(folder, found[1])), text
    )
