"""The protected API: every call asks Keyplate, and no answer means no."""

import logging
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from northwind import keyplate
from northwind.directory import REPORTS

log = logging.getLogger("northwind.api")

GATE = keyplate.Desk(url=settings.KEYPLATE_URL, key=settings.KEYPLATE_GATEWAY_KEY)
LONGEST_KEY = 256

# What the caller hears. 401: bring another key. 403: this one is known and may not.
SENTENCES = {
    "malformed": (401, "That is not an API key."),
    "unknown": (401, "This API key does not exist."),
    "rotated": (401, "This secret was replaced by a newer one."),
    "expired": (401, "This API key has expired."),
    "revoked": (403, "This API key was revoked."),
    "disabled": (403, "This API key is paused."),
    "suspended": (403, "This account is suspended."),
    "app_inactive": (403, "API access is switched off."),
    "permission_denied": (403, "This API key may not read reports."),
    "rate_limited": (429, "Too many requests. Wait, then try again."),
    "unavailable": (503, "We cannot check API keys right now. Try again."),
}
OTHERWISE = (403, "This API key may not make this request.")


@never_cache
@require_safe
def reports(request: HttpRequest) -> JsonResponse:
    """List the reports of the company that owns the key."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > LONGEST_KEY:
        return _no(401, "missing", "Send your API key as: Authorization: Bearer <key>")
    try:
        verdict = _ask(request, secret)
    except keyplate.Unavailable as error:
        log.warning("no verdict: %s", error)
        return _refusal("unavailable", retry_after=1)
    if not verdict.allowed:
        return _refusal(verdict.code, retry_after=verdict.retry_after)
    mine = REPORTS.get(verdict.organization_id or "", ())
    answer = JsonResponse({"reports": list(mine)})
    _copy_limits(answer, verdict.headers)
    return answer


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """Say that this process answers."""
    return JsonResponse({"status": "ok"})


def _ask(request: HttpRequest, secret: str) -> keyplate.Verdict:
    return keyplate.check(
        GATE,
        secret,
        method=request.method or "GET",
        resource=request.path,
        # Behind a proxy, take the address from a header your proxy sets itself.
        client_ip=request.META["REMOTE_ADDR"],
        user_agent=request.headers.get("User-Agent", "")[:200],
        required=["reports:read"],
    )


def _copy_limits(answer: JsonResponse, headers: Mapping[str, str]) -> None:
    """Pass on how much of the rate limit is left; the rest is for us."""
    for name, value in headers.items():
        if name.lower().startswith("x-ratelimit-"):
            answer[name] = value


def _refusal(code: str, *, retry_after: int | None = None) -> JsonResponse:
    status, sentence = SENTENCES.get(code, OTHERWISE)
    return _no(status, code, sentence, retry_after=retry_after)


def _no(
    status: int, code: str, message: str, *, retry_after: int | None = None
) -> JsonResponse:
    answer = JsonResponse({"message": message, "code": code}, status=status)
    if status == 401:  # noqa: PLR2004 - the status has a name: Unauthorized
        answer["WWW-Authenticate"] = 'Bearer realm="Northwind Reports"'
    if retry_after is not None:
        answer["Retry-After"] = str(retry_after)
    return answer
