"""Where each surface is mounted. No trailing slashes outside the admin."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import include, path
from django.views.defaults import page_not_found
from django.views.generic import RedirectView

from apiauth.admin import sign_in
from apiauth.api import health
from config import middleware
from vanity import gates
from vanity.views import entry


def handler400(
    _request: HttpRequest,
    exception: Exception,  # noqa: ARG001 - so Django calls it
) -> HttpResponse:
    """Say that a request could not be read.

    Django's own view would read the form once more, for a CSRF token, and fail at
    what it should report.
    """
    return HttpResponse(render_to_string("400.html"), status=400)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that nothing is here: in the portal's own words, or for programs."""
    if middleware.is_of_the_desk(request.path):
        return gates.nowhere(request)
    return page_not_found(request, exception)


_to_admin = login_not_required(RedirectView.as_view(url="/admin/", permanent=False))

urlpatterns = [
    path("admin", _to_admin),
    path("admin/login/", sign_in.sign_in),
    path("admin/", admin.site.urls),
    path("vanity/", include("vanity.urls")),
    # Clients build the frame's address from that of their deployment.
    path("d/<uuid:deployment_id>/vanity/api-auth", entry.enter),
    path("health", health.health, name="health"),
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("", include("apiauth.api.urls")),
]
