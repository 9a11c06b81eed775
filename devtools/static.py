"""Collected static files, made once per content: compressing them takes seconds."""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from devtools import manage
from devtools.paths import LOCK, ROOT, VAR

COLLECTED = VAR / "static"
KEPT_FOR = 30 * 24 * 3600  # longer than any demo stays up
SOURCES = ("static", "apiauth/static", "vanity/static")


def collected(environment: Mapping[str, str], *, compressed: bool = False) -> str:
    """Return the KEYPLATE_STATIC_ROOT that holds this checkout's files as they are.

    Tests do without the compressed copies.
    """
    folder = COLLECTED / f"{_digest()}{'-compressed' if compressed else ''}"
    if folder.exists():
        os.utime(folder)
        return os.fspath(folder)
    COLLECTED.mkdir(parents=True, exist_ok=True)
    _drop_old_ones()
    with tempfile.TemporaryDirectory(dir=COLLECTED, prefix="new-") as made:
        root = Path(made, "static")
        environment = {**environment, "KEYPLATE_STATIC_ROOT": str(root)}
        if not compressed:
            environment["DJANGO_SETTINGS_MODULE"] = "devtools.settings_uncompressed"
        manage.run("collectstatic", environment)
        with contextlib.suppress(OSError):  # Another run may have made it meanwhile.
            root.replace(folder)
    return os.fspath(folder)


def _digest() -> str:
    """Judge by what is collected: our files, and the packages that bring theirs."""
    digest = hashlib.sha256(LOCK.read_bytes())
    for module in ("settings.py", "static.py"):
        digest.update((ROOT / "config" / module).read_bytes())
    for source in SOURCES:
        folder = ROOT / source
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(os.fspath(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _drop_old_ones() -> None:
    for folder in COLLECTED.iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_FOR:
            shutil.rmtree(folder, ignore_errors=True)
