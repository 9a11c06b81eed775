"""Which paths are guarded, and what each of them needs. Closed where nothing is said."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

REST = "**"
ANY = "*"


@dataclass(frozen=True, slots=True)
class Route:
    """What one path needs: a key with these permissions, or nothing if it is public.

    A path is compared part by part: `*` stands for one part, `**` at the end for all
    that follows. Without `methods` it holds for every method; GET includes HEAD.
    """

    path: str
    permissions: Sequence[str] = ()
    methods: Sequence[str] = ()
    is_public: bool = False

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or REST in self.path.split("/")[:-1]:
            raise ValueError("a route starts with / and has ** at its end only")
        for name in ("permissions", "methods"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name} takes a list of text, not text")
        if self.is_public and self.permissions:
            raise ValueError("a public route needs no permissions")

    def fits(self, method: str, path: str) -> bool:
        """Say whether this route is about a request."""
        wanted = {name.upper() for name in self.methods}
        wanted |= {"HEAD"} if "GET" in wanted else set()
        return (not wanted or method in wanted) and self._fits_path(path)

    def _fits_path(self, path: str) -> bool:
        own, parts = self.path.split("/")[1:], path.split("/")[1:]
        if own[-1] == REST:
            own = own[:-1]
            parts = parts[: len(own)]
        return len(own) == len(parts) and all(
            mine in (ANY, part) and (mine != ANY or part)
            for mine, part in zip(own, parts, strict=True)
        )


def is_below(path: str, prefix: str) -> bool:
    """Say whether a path, however it is written, leads below a prefix."""
    parts = posixpath.normpath("/" + path.replace("\\", "/").lstrip("/")).casefold()
    own = "/" + prefix.strip("/").casefold()
    return f"{parts}/".startswith(own if own == "/" else f"{own}/")


def is_plain(path: str) -> bool:
    """Say whether a path can be read in one way only."""
    parts = path.split("/")[1:]
    is_odd = any(part in {".", ".."} for part in parts) or "" in parts[:-1]
    return path.startswith("/") and not is_odd and "\\" not in path


def find(routes: Sequence[Route], method: str, path: str) -> Route | None:
    """Find the first route that is about a request; an odd path has none."""
    if not is_plain(path):
        return None
    return next((route for route in routes if route.fits(method, path)), None)
