"""Bodies of hosts' own front ends: forms as well as JSON (wacht-contract section 10)."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from apiauth import text
from apiauth.errors import Invalid
from apiauth.http import requests

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_MAX_NAME = 100


def members(request: HttpRequest) -> requests.Json:
    """Read the members of a form or of a JSON object; an empty one of a form is none.

    Raises `Invalid` for a member that is given twice, and as `requests.json_body`.
    """
    if request.content_type not in _FORMS:
        return requests.json_body(request)
    form = _form(request)
    for name in form:
        if len(form.getlist(name)) > 1:
            field = text.shorten(name, _MAX_NAME)
            raise Invalid(f"{field} is given twice.", field=field)
    return {name: value for name, value in form.items() if value}


def _form(request: HttpRequest) -> QueryDict:
    # Its size was judged when the body was read, which every reader does first.
    try:
        return request.POST
    except (
        BadRequest,
        MultiPartParserError,
        SuspiciousOperation,
        TypeError,  # Django's parser, at a parameter both whole and in parts
        UnreadablePostError,
    ):
        raise Invalid("The form cannot be read.") from None
