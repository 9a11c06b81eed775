"""One template a page, its fragments inside: who asks decides which is sent.

The only place that looks at `HX-Request`, so that `Vary` is never forgotten.
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from vanity import shell


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether the script of a page that is already there is asking."""
    return request.headers.get("HX-Request") == "true"


def page(
    request: HttpRequest,
    template: str,
    partial: str,
    context: Mapping[str, object],
    status: int = 200,
) -> HttpResponse:
    """Render the whole page, or for htmx the named partial of it.

    The view names the partial; a request never does. What surrounds the main
    region (`shell`) is added here, so every page has it.
    """
    fragment = is_fragment(request)
    name = f"{template}#{partial}" if fragment else template
    around = shell.of(request)
    response = render(request, name, {"shell": around, **context}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
