"""Addresses of the APIs. No trailing slashes: a redirected POST loses its body."""

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import PathConverter

from apiauth.api import reference, session
from apiauth.api.backend import (
    apps,
    audit,
    keys,
    legacy,
    members,
    organizations,
    schemes,
    sessions,
    tickets,
    users,
)
from apiauth.api.gateway import routes, views
from apiauth.api.surface import Surface


class Anything(PathConverter):
    """Whatever may follow in somebody else's address, nothing and line ends too."""

    regex = "(?s:.*)"


register_converter(Anything, "anything")

surface = Surface()
surface.add_router("/api-auth/apps", apps.router)
surface.add_router("/api-auth/rate-limit-schemes", schemes.router)
surface.add_router("/api-auth", audit.router)
surface.add_router("/api-auth", sessions.router)
surface.add_router("/api-auth/organizations", members.router)
surface.add_router("/api-auth/organizations", organizations.router)
surface.add_router("/api-auth/users", users.router)
surface.add_router("/session/tickets", tickets.router)
surface.add_router("/api-auth/apps", keys.router)
surface.add_router("/api-auth/keys", legacy.router)
session.mount(surface)

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(at[1:], views.view(endpoint)) for at, endpoint in routes.EXACT.items()),
    *(
        path(f"{at[1:]}<anything:rest>", views.view(endpoint))
        for at, endpoint in routes.BELOW.items()
    ),
    *surface.paths(),
    *reference.paths(surface),
]
