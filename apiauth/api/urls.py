"""Addresses of the APIs. No trailing slashes: a redirected POST loses its body."""

from django.urls import URLPattern, URLResolver, path

from apiauth.api import authz
from apiauth.api.backend import tickets

urlpatterns: list[URLPattern | URLResolver] = [
    path("session/tickets", tickets.issue, name="session-tickets"),
    path("v1/authz/check", authz.check, name="authz-check"),
]
