"""The site alone, for a WSGI server."""

import atexit
import codecs
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

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
    if not _is_readable(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = _UNREADABLE
    return _site(environ, start_response)


def _is_readable(kind: str) -> bool:
    """Tell whether text of this kind is UTF-8."""
    try:
        _, parameters = parse_header_parameters(kind)
        charset = codecs.lookup(parameters.get("charset") or "utf-8")
    except (LookupError, ValueError):
        return False
    return charset.name in {"ascii", "utf-8"}


atexit.register(pools.close)
