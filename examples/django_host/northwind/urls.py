"""Every address of the example host."""

from django.urls import path

from northwind import api, pages, tickets

urlpatterns = [
    path("", pages.choose, name="choose"),
    path("sign-in", pages.sign_in, name="sign-in"),
    path("sign-out", pages.sign_out, name="sign-out"),
    path("t/<slug:tenant>/reports", pages.reports, name="reports"),
    path("t/<slug:tenant>/settings/api-keys", pages.api_keys, name="api-keys"),
    path("t/<slug:tenant>/settings/api-keys/ticket", tickets.issue, name="ticket"),
    path("api/reports", api.reports, name="api-reports"),
    path("health", api.health, name="health"),
]

handler404 = "northwind.pages.not_found"
