"""Pages of the operators that take PostgreSQL longer than it is given."""

from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from tests.apiauth.admin.conftest import url

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@contextmanager
def slow(word: str):
    """Let whatever asks about a word sleep first, for longer than a statement may."""

    def asked(execute, sql, params, many, context):
        if word not in sql:
            return execute(sql, params, many, context)
        execute("SET statement_timeout = 50", None, many, context)
        try:
            return execute("SELECT pg_sleep(30)", None, many, context)
        finally:
            execute("SET statement_timeout = 10000", None, many, context)

    with connection.execute_wrapper(asked):
        yield


@pytest.mark.parametrize("words", [{}, {"q": "acme"}])
def test_says_what_helps(olga, shelf, words):
    with slow('FROM "apiauth_key"'):
        answer = olga.list("key", **words)

    assert answer.status_code == 503
    said = answer.content.decode()
    assert "This took too long" in said
    assert f'href="{url("key", "changelist")}"' in said
    assert "acme" not in said.split("content-main")[1]


def test_says_it_of_a_single_row_too(olga, shelf):
    with slow("apiauth_keyuse"):
        assert olga.row("key", shelf.issued.key).status_code == 503


def test_leaves_what_was_to_be_changed_to_others(olga, shelf):
    with slow("apiauth_key"), pytest.raises(OperationalError, match="timeout"):
        olga.confirm("key", "revoke", shelf.issued.key)


def test_leaves_other_failures_to_others(olga, shelf):
    def refused(_execute, sql, _params, _many, _context):
        raise OperationalError(sql)

    with connection.execute_wrapper(refused), pytest.raises(OperationalError):
        olga.list("key")


def test_leaves_other_pages_to_others(olga):
    olga.raise_request_exception = False

    with slow("SELECT"):
        assert b"This took too long" not in olga.get("/readyz").content
