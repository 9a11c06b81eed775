"""The one-process entry: the whole site under an ASGI server.

Django's views are plain synchronous functions; they run in threads over the WSGI
handler, which costs a fraction of Django's own ASGI handler for such views.
"""

from typing import cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp

from config.wsgi import application as site

# Django's responses are iterables of bytes; its own annotation says less.
application = WSGIMiddleware(cast("WSGIApp", site), workers=10)
