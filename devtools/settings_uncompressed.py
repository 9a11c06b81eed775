"""The settings as they are, but for compressing static files, which takes seconds.

The names and the manifest are the same, so the real settings serve what these collect.
"""

from config.settings import *  # noqa: F403 - these are the settings.
from config.settings import STORAGES as _STORAGES

STORAGES = {**_STORAGES, "staticfiles": {"BACKEND": "config.static.Shortened"}}
