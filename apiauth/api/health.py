"""Probes: alive, ready, healthy."""

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Schema

from apiauth.api.endpoints import endpoint
from apiauth.api.outputs import probes


@endpoint("GET", "HEAD")
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return _answer(probes.Alive())


@endpoint("GET", "HEAD")
def ready(_request: HttpRequest) -> JsonResponse:
    """The process answers and reaches its database."""
    return _answer(probes.Ready() if _database_answers() else probes.NotReady())


@endpoint("GET", "HEAD")
def health(_request: HttpRequest) -> JsonResponse:
    """What client libraries ask (wacht-contract section 2)."""
    kind = probes.Healthy if _database_answers() else probes.Unhealthy
    return _answer(kind(timestamp=timezone.now()))


def _answer(answer: Schema) -> JsonResponse:
    is_away = isinstance(answer, probes.NotReady | probes.Unhealthy)
    return JsonResponse(
        answer.model_dump(mode="json"),
        status=HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.OK,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False
