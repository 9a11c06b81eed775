"""What operators read when a question of theirs took the database too long."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

# SQLSTATE query_canceled (PostgreSQL, appendix A): the limit of statements ran out.
_CANCELED = "57014"


class Stopped:
    """Middleware: a page of the admin that was stopped says so, and what helps.

    Only of pages that were read: what was to be changed then is reported as any other
    failure.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        is_read = request.method in {"GET", "HEAD"}
        is_ours = request.path.startswith(reverse("admin:index"))
        if not (is_read and is_ours and _was_canceled(exception)):
            return None
        told = {"title": "This took too long", "whole": request.path}
        context = {**admin.site.each_context(request), **told}
        page = TemplateResponse(request, "admin/desk/stopped.html", context, status=503)
        return page.render()


def _was_canceled(exception: Exception) -> bool:
    return getattr(exception.__cause__, "sqlstate", None) == _CANCELED
