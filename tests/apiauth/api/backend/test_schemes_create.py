"""`POST /api-auth/rate-limit-schemes`."""

import pytest

from apiauth.models import AuditEvent, RateLimitScheme
from tests import make
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/rate-limit-schemes"
LEAST = {"slug": "standard_tier", "name": "Standard", "rules": [make.RULE]}
WRITTEN = {**make.RULE, "priority": 0}


@pytest.fixture
def create(ask):
    return lambda **members: ask("POST", PATH, {**LEAST, **members})


def test_answers_as_the_contract_says(create, acme):
    response = create(description="For most")

    answer = response.json()
    stored = RateLimitScheme.objects.get()
    assert response.status_code == 200
    assert answer.pop("created_at") == answer.pop("updated_at")
    assert answer == {
        **LEAST,
        "id": str(stored.pk),
        "deployment_id": str(acme.deployment.pk),
        "description": "For most",
        "rules": [WRITTEN],
    }


def test_keeps_everything_that_a_rule_says(create):
    rule = {
        "unit": "calendar_month",
        "duration": 1,
        "max_requests": 2**31 - 1,
        "mode": "per_ip",
        "endpoints": ["/v1/reports", "*"],
        "priority": -3,
    }

    assert create(rules=[rule, make.RULE]).json()["rules"] == [rule, WRITTEN]


def test_writes_out_the_mode_that_was_left_out(create):
    bare = {"unit": "second", "duration": 10, "max_requests": 5}

    [rule] = create(rules=[{**bare, "mode": None, "endpoints": None}]).json()["rules"]

    assert rule == {**bare, "mode": "per_app", "priority": 0}


def test_refuses_a_slug_that_is_in_use(create):
    create()

    response = create(name="Another")

    assert_refused(response, 409, field="slug")
    assert response.json()["code"] == "name_taken"
    assert RateLimitScheme.objects.get().name == "Standard"


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("slug", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " ", "a b"]),
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None, "", " "]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("rules", [*bodies.NOT_A_LIST, None, [], [make.RULE] * 21]),
        ("rules.0.unit", [*bodies.NOT_TEXT, None, "", "week", "a\x00"]),
        ("rules.0.duration", [*bodies.NOT_WHOLE, None, 0, -1, 1441, 10**30]),
        ("rules.0.max_requests", [*bodies.NOT_WHOLE, None, 0, -1, 2**31, 10**30]),
        ("rules.0.mode", [*bodies.NOT_TEXT, "", "per_user"]),
        ("rules.0.priority", [*bodies.NOT_WHOLE, 10**30]),
        ("rules.0.endpoints", [*bodies.NOT_A_LIST, ["/v1/*"], ["a\x00"], ["/"] * 101]),
    ],
)
def test_names_the_member_that_is_wrong(create, member, values):
    of_rule = member.removeprefix("rules.0.")
    for value in values:
        said = {
            of_rule: {of_rule: value},
            f"rules.0.{of_rule}": {"rules": [{**make.RULE, of_rule: value}]},
        }
        assert_refused(create(**said[member]), field=member)

    assert not RateLimitScheme.objects.exists()


@pytest.mark.parametrize("rule", ["", "rule", 7, None, True, [], {}])
def test_names_the_rule_that_is_none(create, rule):
    response = create(rules=[make.RULE, rule])

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"].startswith("rules.1")


@pytest.mark.parametrize("item", [7, None, True, [], {}])
def test_names_the_endpoint_that_is_no_text(create, item):
    rule = {**make.RULE, "endpoints": ["/v1", item]}

    answer = create(rules=[make.RULE, rule])

    assert_refused(answer, field="rules.1.endpoints.1")


def test_records_what_was_made(create):
    create()

    event = AuditEvent.objects.get(action="scheme.created")
    assert event.after == {
        "slug": "standard_tier",
        "name": "Standard",
        "rules": [WRITTEN],
    }


def test_costs_few_queries(create, django_assert_num_queries):
    create(slug="first")

    # The backend key; whether it is bound; begin and end; the scheme between its
    # savepoints; the chain's row, made, read and written; the event.
    with django_assert_num_queries(11):
        create()
