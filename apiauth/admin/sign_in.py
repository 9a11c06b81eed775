"""The operators' sign-in, slowed for whoever guesses.

Attempts are counted before the password is looked at, so that many at once count as
many; one that succeeds is given back, whoever is signed in already. The counters know
the caller's address, and the address with the user name: nobody can lock an account for
those who sign in from elsewhere.
"""

import contextlib
import hashlib
import ipaddress
import unicodedata

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from apiauth.http import requests

WINDOW = 5 * 60  # seconds
PER_NAME = 10
PER_ADDRESS = 40


@never_cache
@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Django's own sign-in, unless this caller failed too often just now."""
    if request.method != "POST":
        return admin.site.login(request)
    place, name = _place(requests.client_address(request)), _name(request)
    counted: list[str] = []
    # In this order: whoever is refused by the address makes no more counters, so that
    # nobody's push those of others out of the cache.
    for key, limit in ((_key(place), PER_ADDRESS), (_key(place, name), PER_NAME)):
        if _count(key) > limit:
            return _too_many(request)
        counted.append(key)
    response = admin.site.login(request)
    # Only whom this attempt lets in is sent on; the user may be that of another one.
    if isinstance(response, HttpResponseRedirect):
        for key in counted:
            _forgive(key)
    return response


def _too_many(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(
        request,
        "admin/desk/too_many.html",
        {**admin.site.each_context(request), "title": "Too many attempts"},
        status=429,
        headers={"Retry-After": str(WINDOW)},
    )


def _name(request: HttpRequest) -> str:
    # Case and width do not make another name, and so no fresh counter.
    name = unicodedata.normalize("NFKC", request.POST.get("username", ""))
    return name.casefold().strip()


def _place(address: str) -> str:
    """The address; of IPv6 the network, of which one caller has all addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - the version's own name
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _key(*parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"keyplate-sign-in:{digest}"


def _count(key: str) -> int:
    cache.add(key, 0, timeout=WINDOW)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two lines
        return 1


def _forgive(key: str) -> None:
    # What ran out meanwhile has nothing left to give back.
    with contextlib.suppress(ValueError):
        cache.decr(key)
