"""The probes: alive, ready, healthy."""

import pytest
from django.db import OperationalError, connection


@pytest.mark.parametrize(
    ("path", "status"),
    [("/livez", "alive"), ("/readyz", "ready"), ("/health", "healthy")],
)
def test_answers_that_all_is_well(client, db, path, status):
    response = client.get(path)

    assert (response.status_code, response.json()["status"]) == (200, status)


@pytest.mark.parametrize("path", ["/readyz", "/health"])
def test_says_so_when_the_database_is_away(client, db, path):
    with connection.execute_wrapper(_away):
        response = client.get(path)

    assert response.status_code == 503
    assert response.json()["status"] in {"unavailable", "unhealthy"}


def test_is_alive_without_a_database(client, db):
    with connection.execute_wrapper(_away):
        assert client.get("/livez").status_code == 200


def test_takes_no_other_method(client, db):
    response = client.post("/health")

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def _away(*_: object) -> None:
    raise OperationalError("away")
