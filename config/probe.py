"""The image's health check: ask the server beside us, without curl."""

import http.client
import os
import sys
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

TIMEOUT = 4.0


def main() -> int:
    """Return 0 when the server answers that it is well."""
    try:
        status = ask("/health")
    except (OSError, http.client.HTTPException, ImproperlyConfigured) as error:
        print(f"Keyplate does not answer: {error}")  # noqa: T201 - engines keep it.
        return 1
    return 0 if status == http.HTTPStatus.OK else 1


def ask(path: str) -> int:
    """Return the status of one GET, under the name the public knows us by.

    Any other name would be refused by ALLOWED_HOSTS.
    """
    public = urlsplit(env.origin("KEYPLATE_PUBLIC_URL"))
    port = int(os.environ.get("UVICORN_PORT", "8000"))
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        server.request("GET", path, headers={"Host": public.netloc})
        return server.getresponse().status
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
