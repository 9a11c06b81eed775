"""Addresses of the APIs. No trailing slashes: a redirected POST loses its body."""

from django.urls import URLPattern, URLResolver, path

from apiauth.api import authz
from apiauth.api.backend import audit, tickets
from apiauth.api.surface import Surface

surface = Surface()
surface.add_router("/api-auth", audit.router)
surface.add_router("/session/tickets", tickets.router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/authz/check", authz.check, name="authz-check"),
    *surface.paths(),
]
