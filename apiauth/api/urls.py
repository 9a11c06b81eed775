"""Addresses of the APIs. No trailing slashes: a redirected POST loses its body."""

from django.urls import URLPattern, URLResolver, path

from apiauth.api import authz
from apiauth.api.backend import apps, keys, legacy, schemes, tickets
from apiauth.api.surface import Surface

surface = Surface()
surface.add_router("/api-auth/apps", apps.router)
surface.add_router("/api-auth/rate-limit-schemes", schemes.router)
surface.add_router("/session/tickets", tickets.router)
surface.add_router("/api-auth/apps", keys.router)
surface.add_router("/api-auth/keys", legacy.router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/authz/check", authz.check, name="authz-check"),
    *surface.paths(),
]
