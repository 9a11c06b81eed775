"""./dev serve: migrate, collect the static files, and become the server."""

import argparse
import os
import sys
from typing import NoReturn

from config.server import UVICORN
from devtools import manage, static, surroundings
from devtools.paths import Missing, say


def main() -> NoReturn:
    """Prepare the database and the static files, then become uvicorn."""
    wanted = _parse()
    environment = surroundings.for_serving(
        port=wanted.port,
        database_url=wanted.database_url,
        cache_url=wanted.cache_url,
    )
    manage.run("migrate", environment)
    if not environment.get("KEYPLATE_STATIC_ROOT"):
        root = static.collected(environment, compressed=True)
        environment["KEYPLATE_STATIC_ROOT"] = root
    address = environment["KEYPLATE_PUBLIC_URL"]
    say(f"Keyplate is at {address}, its operators at {address}/admin/.")
    say("Ctrl-C ends it.")
    command = uvicorn(port=wanted.port, workers=wanted.workers)
    os.execve(sys.executable, command, environment)


def uvicorn(*, port: int, workers: int = 1) -> list[str]:
    """Return the command the image starts too, for a port of loopback."""
    command = [*UVICORN, "--host", "127.0.0.1", "--port", str(port)]
    return [*command, "--workers", str(workers)]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev serve")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--database-url", help="default: an SQLite file under var/serve/"
    )
    parser.add_argument("--cache-url", help="default: what the settings say")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except Missing as missing:
        sys.exit(f"./dev serve: {missing}")
