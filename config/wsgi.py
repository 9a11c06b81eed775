"""The site alone, for a WSGI server."""

import atexit
import os
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError

from apiauth.http import media
from config import pools

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from django.core.files.uploadedfile import UploadedFile
    from django.utils.datastructures import MultiValueDict

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# In the place of a Content-Type that cannot be read: no endpoint takes such a body.
_UNREADABLE = "application/octet-stream"


class Request(WSGIRequest):
    """A request of the site; its form in parts is looked through before it is parsed.

    Strangers' forms are parsed as well: the operators' sign-in looks there for its token.
    """

    def parse_file_upload(  # Any: as WSGI and Django have them
        self,
        META: Mapping[str, Any],  # noqa: N803 - Django's name
        post_data: object,  # noqa: ARG002 - it is our own body
    ) -> "tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]]":
        """Parse as Django does, from memory.

        Raises `MultiPartParserError` where a part names its own charset, and
        `RequestDataTooBig` before anything is read of more than a body may have.
        """
        if media.names_charsets(META["CONTENT_TYPE"], self.body):
            raise MultiPartParserError("A part of a form names no charset.")
        return super().parse_file_upload(META, BytesIO(self.body))


_site = get_wsgi_application()
_site.request_class = Request


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
