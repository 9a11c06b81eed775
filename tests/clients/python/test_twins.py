"""The client with and the one without `await` take and promise the same."""

import inspect
import os

import pytest

import keyplate_client as client
from keyplate_client import _async, _sync
from tests.clients.python.test_asking import QUESTION, YES

PAIRS = [
    (_sync.Keyplate, _async.AsyncKeyplate),
    (_sync.Tickets, _async.AsyncTickets),
    (_sync.Apps, _async.AsyncApps),
    (_sync.Keys, _async.AsyncKeys),
]


@pytest.mark.parametrize(("plain", "awaited"), PAIRS)
def test_have_the_same_calls(plain, awaited):
    ours = {name for name in vars(plain) if not name.startswith("_")}

    assert ours - {"close"} == {n for n in vars(awaited) if n[0] != "_"} - {"aclose"}
    for name in ours - {"close"}:
        one, other = getattr(plain, name), getattr(awaited, name)
        assert inspect.signature(one) == inspect.signature(other), name
        assert one.__doc__ == other.__doc__, name
        assert inspect.iscoroutinefunction(other), name


def test_are_made_alike():
    plain, awaited = PAIRS[0]

    assert inspect.signature(plain) == inspect.signature(awaited)


def test_everything_that_is_offered_is_there():
    assert sorted(client.__all__) == client.__all__
    assert [name for name in client.__all__ if not hasattr(client, name)] == []


def test_a_forked_process_shares_no_connection(stand_in):
    stand_in.says(200, YES)
    with client.Keyplate(stand_in.url, "k") as keyplate:
        keyplate.check("s", **QUESTION)
        before = keyplate._pool
        keyplate._process = os.getpid() + 1  # As a child finds it.

        keyplate.check("s", **QUESTION)

        assert keyplate._pool is not before
        before.close()
