"""The site alone, for a WSGI server."""

import atexit
import os

from django.core.wsgi import get_wsgi_application

from config import pools

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

atexit.register(pools.close)
