from django.apps import AppConfig


class VanityConfig(AppConfig):
    name = "vanity"
    verbose_name = "Portal"
