"""All settings, each read from the environment once. See docs/operations.md."""

from http.cookies import Morsel
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import env, static

BASE_DIR = Path(__file__).resolve().parent.parent

# ------------------------------------------------------------------- the product

KEYPLATE_PUBLIC_URL = env.origin("KEYPLATE_PUBLIC_URL")
KEYPLATE_TICKET_KEYS = env.ring("KEYPLATE_TICKET_KEYS")
KEYPLATE_PEPPERS = env.ring("KEYPLATE_PEPPERS")
KEYPLATE_GATEWAY_ANONYMOUS = env.flag("KEYPLATE_GATEWAY_ANONYMOUS", default=False)
KEYPLATE_GATEWAY_CREDENTIALS = env.places(
    "KEYPLATE_GATEWAY_CREDENTIALS", "header:authorization,header:x-api-key"
)
KEYPLATE_GATEWAY_SYNCHRONOUS_COMMIT = env.flag(
    "KEYPLATE_GATEWAY_SYNCHRONOUS_COMMIT", default=True
)
KEYPLATE_GATEWAY_QUEUE = env.number(
    "KEYPLATE_GATEWAY_QUEUE", default=4096, least=100, most=100_000
)
KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE = env.number(
    "KEYPLATE_DEFAULT_REQUESTS_PER_MINUTE", default=1000, least=0, most=2**31 - 1
)
KEYPLATE_DECISION_RETENTION_DAYS = env.number(
    "KEYPLATE_DECISION_RETENTION_DAYS", default=90, least=1, most=3660
)
try:
    KEYPLATE_TRUSTED_PROXIES = [
        ip_network(word) for word in env.words("KEYPLATE_TRUSTED_PROXIES")
    ]
except ValueError as error:
    raise ImproperlyConfigured(
        "KEYPLATE_TRUSTED_PROXIES must be a comma list of addresses or networks, "
        "for example 10.0.0.0/8,192.168.1.7."
    ) from error

# ---------------------------------------------------------------------- security

SECRET_KEY = env.secret("KEYPLATE_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.older_secrets("KEYPLATE_SECRET_KEY_FALLBACKS")
env.require_distinct(
    KEYPLATE_SECRET_KEY=SECRET_KEY,
    KEYPLATE_TICKET_KEYS=KEYPLATE_TICKET_KEYS,
    KEYPLATE_PEPPERS=KEYPLATE_PEPPERS,
)
DEBUG = env.flag("KEYPLATE_DEBUG", default=False)
ALLOWED_HOSTS = env.words("KEYPLATE_ALLOWED_HOSTS")

_OVER_TLS = KEYPLATE_PUBLIC_URL.startswith("https://")
# The __Host- prefix keeps sibling domains from planting cookies (RFC 6265bis).
SESSION_COOKIE_NAME = "__Host-keyplate-admin" if _OVER_TLS else "keyplate-admin"
CSRF_COOKIE_NAME = "__Host-keyplate-csrf" if _OVER_TLS else "keyplate-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _OVER_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 15 * 60
SESSION_SAVE_EVERY_REQUEST = True  # operators: 15 minutes idle
CSRF_TRUSTED_ORIGINS = [KEYPLATE_PUBLIC_URL]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # Sibling hosts of the operator are theirs to protect.
    "security.W008",  # A redirected POST loses its body; the proxy refuses plain http.
    "security.W021",  # Preloading is the domain owner's decision.
]
# Never "same-origin": it would write tickets into our own logs.
SECURE_REFERRER_POLICY = "strict-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
PASSWORD_HASHERS = [
    "config.hashers.SmallArgon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300

# Python knows the attribute from 3.14 on; until then an iframe on another site
# could not keep a cookie at all (CHIPS).
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]  # noqa: SLF001
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]  # noqa: SLF001

# ------------------------------------------------------------------- application

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "apiauth",
    "vanity",
]
MIDDLEWARE = [
    "config.middleware.RequestLog",
    # These only add headers; outside of the JSON errors, which are answers too.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apiauth.http.cors.Cors",
    "config.middleware.JsonErrors",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apiauth.admin.stopped.Stopped",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False  # a redirected POST would lose its body
LOGIN_URL = "admin:login"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---------------------------------------------------------------- data and files

DATABASES = {
    "default": env.database(
        "KEYPLATE_DATABASE_URL", default=f"sqlite:///{BASE_DIR}/var/keyplate.sqlite3"
    )
}
CACHES = {"default": env.cache("KEYPLATE_CACHE_URL")}
STATIC_URL = "/static/"
_SQLITE_FILES = [
    Path(str(database["NAME"]))
    for database in DATABASES.values()
    if database["ENGINE"] == "django.db.backends.sqlite3"
]
# WhiteNoise answers anybody with any file that it finds there when it starts.
STATIC_ROOT = env.published(
    "KEYPLATE_STATIC_ROOT",
    default=BASE_DIR / "staticfiles",
    private=[BASE_DIR, BASE_DIR / "var", Path(), *_SQLITE_FILES],
)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ADD_HEADERS_FUNCTION = static.add_headers
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "config.static.Storage"
        )
    },
}

# ---------------------------------------------------------------- words and times

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# -------------------------------------------------------------------------- logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.choice(
            "KEYPLATE_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")
        ),
    },
    "loggers": {
        # Django's own handlers would write past our formatter.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # Whoever asks for another host is refused with 400, which is logged; that
        # a stranger did is no error of ours.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "uvicorn": {"handlers": [], "level": "INFO", "propagate": True},
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
