"""The operators' instrument: stock Django admin over the product's own verbs."""

from django.contrib import admin

from apiauth.admin import (
    applications,
    backend_keys,
    decisions,
    deployments,
    history,
    keys,
    operators,
    sessions,
    tenants,
    tickets,
)

__all__ = [
    "applications",
    "backend_keys",
    "decisions",
    "deployments",
    "history",
    "keys",
    "operators",
    "sessions",
    "tenants",
    "tickets",
]

admin.site.site_header = "Keyplate"
admin.site.site_title = "Keyplate"
admin.site.index_title = "Operations"
admin.site.site_url = None
admin.site.empty_value_display = "—"
