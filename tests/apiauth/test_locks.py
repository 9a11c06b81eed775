"""What may go on while a row is locked."""

import threading

import pytest
from django.db import connection, transaction

from apiauth.keys import rows
from tests import make


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_ticket_does_not_wait_for_a_key_that_is_being_made(acme):
    issued = []

    def issue():
        issued.append(make.ticket(acme.backend_key))
        connection.close()

    beside = threading.Thread(target=issue)
    with transaction.atomic():
        rows.locked_app(acme.app.pk)
        beside.start()
        beside.join(5)
        done_beside_the_lock = len(issued)
    beside.join(60)

    assert done_beside_the_lock == 1
