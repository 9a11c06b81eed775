"""Every operation, asked what nobody would ask: it keeps to its description.

A run asks the same few cases every time; `FUZZ_CASES=5000 ./dev test <this file>` asks
so many new ones. Each case is undone before the next one.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as kept

from apiauth import memberships
from apiauth.http import transports
from config.wsgi import application
from tests import leaks, make
from tests.apiauth.api.described import OPERATIONS, answer_schema, problems

USUAL = 400  # cases of a usual run, spread over the operations
WANTED = int(os.environ.get("FUZZ_CASES", "0"))
# What has something to vary; the others are the same each time.
VARIED = [
    name
    for name, (_, _, one) in OPERATIONS.items()
    if one["parameters"] or "requestBody" in one
]
EACH = math.ceil(WANTED / len(VARIED)) or min(60, max(5, USUAL // len(VARIED)))
# Whose answers carry a secret on purpose.
SHOWS_A_SECRET = {
    "createKey",
    "createOwnKey",
    "exchangeTicketByPost",
    "issueTicket",
    "rotateKey",
    "rotateKeyById",
    "rotateOwnKey",
}
CHECKS = [
    not_a_server_error,
    kept.status_code_conformance,
    kept.content_type_conformance,
    kept.response_headers_conformance,
    kept.response_schema_conformance,
]


@contextmanager
def _one_connection() -> Iterator[None]:
    """Let requests share the test's transaction, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="session")
def described():
    with _one_connection():
        return schemathesis.openapi.from_wsgi("/openapi.json", application)


@pytest.fixture
def real(acme, ada, ci_key) -> dict[str, object]:
    """What exists, by the names under which requests ask for it."""
    ticket = make.ticket(acme.backend_key, user_id="ada")
    scheme = make.scheme(acme.deployment)
    memberships.put(
        deployment=acme.deployment,
        organization_id="acme-ltd",
        user_id="ada",
        actor=make.HOST,
        now=timezone.now(),
    )
    return {
        "api_auth_app_slug": acme.app.app_slug,
        "api_key_id": str(ci_key.key.id),
        "app_slug": acme.app.app_slug,
        "deployment_id": str(acme.deployment.id),
        "external_id": "acme-ltd",
        "key_id": str(ci_key.key.id),
        "organization_id": "acme-ltd",
        "principal": {"type": "api_key", "value": ci_key.secret},
        "session_id": str(ada.session.id),
        "rate_limit_scheme_slug": scheme.slug,
        "slug": scheme.slug,
        "ticket": ticket.secret,
        "user_id": "ada",
    }


@pytest.fixture
def credentials(acme, ada) -> dict[str, str]:
    return {**acme.bearer, transports.TOKEN_HEADER: ada.token}


@pytest.fixture(scope="session")
def count() -> Iterator[list[str]]:
    """Every case asked in this run, by the name of its operation."""
    asked: list[str] = []
    yield asked
    if WANTED and len(set(asked)) == len(OPERATIONS):
        assert len(asked) >= WANTED


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_keeps_to_its_description(name, described, real, credentials, count):
    operation = described.find_operation_by_id(name)
    of_users = {"external_id": "ada"} if "/users" in OPERATIONS[name][1] else {}

    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=not WANTED,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_cases(operation), is_known=_mostly(), is_real=_mostly())
    def ask(case: Case[Any], *, is_known: bool, is_real: bool) -> None:
        count.append(name)
        if is_real:
            _ask_for({**real, **of_users}, case)
        headers = credentials if is_known else None
        note(case.as_curl_command(headers))
        with _one_connection(), _undone():
            answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)
        _require_closed(name, answer)
        if name.removesuffix("OfDeployment") not in SHOWS_A_SECRET:
            assert leaks.found_in(answer.content) == []

    ask()


def _cases(operation: APIOperation[Any, Any, Any, Any]) -> st.SearchStrategy[Case[Any]]:
    """Requests as described, and others that are wrong somewhere."""
    right, wrong = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )
    is_varied = operation.definition.raw["operationId"] in VARIED
    return st.one_of(right, wrong) if is_varied else right


def _mostly() -> st.SearchStrategy[bool]:
    return st.sampled_from([True, True, True, False])


def _ask_for(real: dict[str, Any], case: Case[Any]) -> None:
    """Let a case ask for what exists, wherever it has a place for it."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: real[name] for name in real if name in place})


@contextmanager
def _undone() -> Iterator[None]:
    """Undo what is done inside; the tests' own transaction goes on."""
    before = transaction.savepoint_create()
    yield
    transaction.set_rollback(False)
    transaction.savepoint_rollback(before)


def _require_closed(name: str, answer: Response) -> None:
    """Refuse members that nobody described; the document itself stays open."""
    if answer.content:
        schema = answer_schema(name, answer.status_code)
        assert problems(schema, answer.json()) == []
