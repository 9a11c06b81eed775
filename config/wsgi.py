"""The site alone, for a WSGI server."""

import atexit
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

from apiauth.http import media
from config import pools

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# In the place of a Content-Type that cannot be read: no endpoint takes such a body.
_UNREADABLE = "application/octet-stream"

_site = get_wsgi_application()


def application(
    environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    """Answer a request, whatever it says of its text.

    Django would read the query in the charset of the body too, before any middleware
    can answer for it; of some it can only fail.
    """
    if media.in_utf_8(environ.get("CONTENT_TYPE", "")) is None:
        environ["CONTENT_TYPE"] = _UNREADABLE
    return _site(environ, start_response)


atexit.register(pools.close)
