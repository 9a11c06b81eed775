"""Logs: one JSON object a line, and no secret in any of them."""

import json
import logging
import sys

import pytest

from apiauth import credentials, envelopes
from config.logs import JsonFormatter, redact


def kept_back():
    """One of everything that must not be seen, by its name."""
    return {
        "key": credentials.make_secret("acme_live"),
        "backend key": credentials.make_secret("apb"),
        "token": credentials.make_secret("aps"),
        "binder": credentials.make_secret("apc"),
        "ticket": envelopes.seal("aa_1"),
    }


def record(message, *args, **facts):
    made = logging.LogRecord("keyplate", logging.INFO, "", 1, message, args, None)
    made.__dict__.update(facts)
    return made


@pytest.mark.parametrize("kind", sorted(kept_back()))
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "GET /x?ticket={}&y=1",
        "GET /x?__dev_session__={} HTTP/1.1",
        "Authorization: Bearer {}",
        "authorization:bearer {}",
        '{{"secret": "{}"}}',
        "secret={}, next",
        "line\n{}\nline",
        "long_word_before_it_without_a_gap_{}",
        "{}s",
        "({})",
        "{}\\",
        "tab\t{}",
        "'{}'",
    ],
)
def test_blots_out(kind, around):
    secret = kept_back()[kind]

    line = JsonFormatter().format(record(around.format(secret)))

    assert secret not in line
    assert secret[-20:] not in line
    assert "redacted" in line


def test_leaves_the_rest_alone():
    line = "GET /vanity/api-auth/s/0b4c 200 acme_live_····k9Qe aa_1 ticket.issued"

    assert redact(line) == line


def test_writes_one_object_a_line():
    facts = {"request_id": "r1", "status": 200, "milliseconds": 1.5, "path": "/x\ny"}

    line = JsonFormatter().format(record("request\n%s", "done", **facts))

    assert "\n" not in line
    written = json.loads(line)
    assert written["event"] == "request\ndone"
    assert (written["level"], written["logger"]) == ("info", "keyplate")
    assert written.items() >= facts.items()


def test_leaves_out_what_nobody_named():
    line = JsonFormatter().format(record("request", password="hunter2"))

    assert "hunter2" not in line


def test_an_exception_is_redacted_as_well():
    secret = credentials.make_secret("acme_live")
    told = record("failed")
    try:
        int(secret)
    except ValueError:
        told.exc_info = sys.exc_info()

    line = JsonFormatter().format(told)

    assert "ValueError" in json.loads(line)["exception"]
    assert secret not in line
