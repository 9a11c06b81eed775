"""The one-process entry: the gateway, and behind it the whole site.

Django's views are plain synchronous functions; they run in threads over the WSGI
handler, which costs a fraction of Django's own ASGI handler for such views.
"""

import sys
from typing import cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from django.conf import settings

from config import pools

# First of all: it sets up Django, which everything below is made of.
from config.wsgi import application as wsgi

# isort: split
from apiauth.api.gateway.application import Application, Gateway
from apiauth.tasks import Tasks
from config.arrivals import Arrivals

# The event loop asks for the interpreter after every wait. Whoever has it, be it a view
# or the summing up, keeps it this long (seconds); the usual 5 ms are as long as a verdict.
_SWITCHES_WITHIN = 0.0005
_tasks = Tasks()


def _started() -> None:
    sys.setswitchinterval(_SWITCHES_WITHIN)
    _tasks.start()


def _stopped() -> None:
    _tasks.stop()
    pools.close()


# Django's responses are iterables of bytes; its own annotation says less. Its threads
# are few: what they answer waits in memory (0 is no bound) until the client takes it.
_site = cast(
    "Application",
    WSGIMiddleware(cast("WSGIApp", wsgi), workers=10, send_queue_size=0),
)
application = Gateway(
    Arrivals(_site, most_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
    started=_started,
    stopped=_stopped,
)
