"""A site that verifies keys with djangorestframework-api-key, and does nothing else.

Served by granian from the environment that requirements.lock describes;
`python -m bench.peers.drf.site` makes its tables. PEER_DATABASE_URL says where. Its
settings are Django's defaults but for a connection that stays open, without which it
would be five times slower.
"""

import os
from urllib.parse import parse_qsl, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest
from django.urls import path

_address = urlsplit(os.environ["PEER_DATABASE_URL"])
_options = dict(parse_qsl(_address.query))

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _address.path.removeprefix("/"),
            "USER": _options["user"],
            "HOST": _options["host"],
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
        "rest_framework_api_key",
    ],
    LOGGING_CONFIG=None,
    # What `startproject` writes.
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["PEER_SECRET_KEY"],
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - needs settings first.
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_api_key.permissions import HasAPIKey  # noqa: E402


class Verify(APIView):
    """Says yes to whoever brings a key that is stored."""

    permission_classes = (HasAPIKey,)

    def get(self, _: HttpRequest) -> Response:
        return Response({"allowed": True})


urlpatterns = [path("verify", Verify.as_view())]
application = get_wsgi_application()

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
