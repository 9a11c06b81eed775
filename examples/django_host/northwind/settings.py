"""Every setting of the example host; each is read from the environment once, here."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP


def needed(name: str) -> str:
    """Return a setting that has no safe default, or say which one is missing."""
    value = os.environ.get(name, "").strip()
    if not value:
        sentence = f"{name} is not set. README.md lists what the host needs."
        raise ImproperlyConfigured(sentence)
    return value


# --- Keyplate -----------------------------------------------------------------
# Where this server reaches Keyplate, and where the browser does. In production
# both are usually the same https address.
KEYPLATE_URL = needed("KEYPLATE_URL").rstrip("/")
KEYPLATE_PORTAL_ORIGIN = needed("KEYPLATE_PORTAL_ORIGIN").rstrip("/")
KEYPLATE_APP_SLUG = needed("KEYPLATE_APP_SLUG")
# Two keys on purpose: the website may issue tickets, the API may only ask.
KEYPLATE_BACKEND_KEY = needed("KEYPLATE_BACKEND_KEY")
KEYPLATE_GATEWAY_KEY = needed("KEYPLATE_GATEWAY_KEY")

# --- This site ----------------------------------------------------------------
SECRET_KEY = needed("NORTHWIND_SECRET_KEY")
ORIGIN = needed("NORTHWIND_ORIGIN").rstrip("/")
ALLOWED_HOSTS = needed("NORTHWIND_ALLOWED_HOSTS").split(",")
DEBUG = False

ROOT_URLCONF = "northwind.urls"
ASGI_APPLICATION = "northwind.asgi.application"
APPEND_SLASH = False
USE_TZ = True
INSTALLED_APPS = ["django.contrib.staticfiles", "northwind"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["northwind.access.person_on_page"]},
    }
]

# No database: who is signed in rides in a signed cookie.
DATABASES: dict[str, dict[str, str]] = {}
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "northwind_session"
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_COOKIE_NAME = "northwind_csrf"
CSRF_COOKIE_HTTPONLY = True
# Cookies are for https only, unless this site itself is served over plain http.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ORIGIN.startswith("https://")
CSRF_TRUSTED_ORIGINS = [ORIGIN]
CSRF_FAILURE_VIEW = "northwind.pages.foreign_form"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Scripts come from here and from Keyplate (embed.js); frames only from Keyplate.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, KEYPLATE_PORTAL_ORIGIN],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": [KEYPLATE_PORTAL_ORIGIN],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "require-trusted-types-for": ["'script'"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
