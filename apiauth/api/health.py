"""Probes: alive, ready, healthy."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from apiauth.api.endpoints import endpoint


@endpoint("GET", "HEAD")
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@endpoint("GET", "HEAD")
def ready(_request: HttpRequest) -> JsonResponse:
    """The process answers and reaches its database."""
    if not _database_answers():
        return JsonResponse(
            {
                "message": "The database cannot be reached.",
                "code": "unavailable",
                "status": "unavailable",
            },
            status=503,
        )
    return JsonResponse({"status": "ready"})


@endpoint("GET", "HEAD")
def health(_request: HttpRequest) -> JsonResponse:
    """What client libraries ask (wacht-contract section 2)."""
    status = "healthy" if _database_answers() else "unhealthy"
    return JsonResponse(
        {"status": status, "timestamp": timezone.now().isoformat()},
        status=200 if status == "healthy" else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False
