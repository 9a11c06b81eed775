"""Counters of rate limits go when their windows have passed."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apiauth.models import RateCount
from apiauth.retention import counters

pytestmark = pytest.mark.django_db


def counter(expires_at):
    with connection.cursor() as cursor:
        name = uuid.uuid4()
        is_postgresql = connection.vendor == "postgresql"
        counts = [1] if is_postgresql else "[1]"
        key = name if is_postgresql else name.hex
        cursor.execute(
            "INSERT INTO apiauth_ratecount (id, slot, counts, used, most, expires_at)"
            " VALUES (%s, 1, %s, 1, 5, %s)",
            [key, counts, expires_at],
        )
    return name


def test_forgets_what_counts_nothing_any_more(monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(counters, "AT_ONCE", 2)
    for _ in range(5):
        counter(now - timedelta(seconds=1))
    kept = counter(now + timedelta(seconds=1))

    assert counters.forget(now=now) == 5
    assert [row.pk for row in RateCount.objects.only("pk")] == [kept]
    assert counters.forget(now=now) == 0
