"""The migration that partitions the log on PostgreSQL keeps what the log holds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from apiauth.models import Decision
from tests import make
from tests.apiauth.test_retention import partitions

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

OLD = datetime(2020, 2, 29, 12, tzinfo=UTC)


@pytest.fixture
def unpartitioned():
    """The log as it was before, with rows of long ago and of now."""
    key = make.key(make.app(make.deployment())).key
    for at in (OLD, timezone.now() - timedelta(seconds=1)):
        make.decision(key, at, blocked_rule="3/1s")
    before = sorted(Decision.objects.values_list())
    call_command("migrate", "apiauth", "0002", verbosity=0)
    yield before
    call_command("migrate", "apiauth", verbosity=0)


def test_goes_back_without_losing_a_row(unpartitioned):
    assert partitions() == {"apiauth_decision": 2}
    assert sorted(Decision.objects.values_list()) == unpartitioned


def test_puts_rows_where_they_belong(unpartitioned):
    call_command("migrate", "apiauth", verbosity=0)

    assert partitions() == {
        "apiauth_decision_default": 1,
        f"apiauth_decision_{timezone.now():%Y_%m}": 1,
    }
    assert sorted(Decision.objects.values_list()) == unpartitioned
