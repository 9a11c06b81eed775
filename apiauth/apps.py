"""The product as a Django app."""

from django.apps import AppConfig


class ApiAuthConfig(AppConfig):
    name = "apiauth"
    verbose_name = "Keyplate"
    default_auto_field = "django.db.models.BigAutoField"
