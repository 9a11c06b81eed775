"""The order of evaluation, whatever is wrong at once, and its explanation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import permissions
from apiauth.gateway import Code, verdict
from tests.apiauth.gateway.cases import BEARER, FAULTS, SECRET, decide, question

some_faults = st.lists(st.sampled_from(FAULTS), unique_by=lambda fault: fault[0])


def explain(*changes, **settings):
    return decide(*changes, bearer=BEARER, explain=True, **settings)


def codes(decided):
    return [failing.code for failing in decided.explanation]


@given(some_faults)
def test_answers_with_the_first_fault_of_the_published_order(faults):
    present = {code for code, _ in faults}
    expected = [code for code, _ in FAULTS if code in present]

    decided = decide(*[change for _, change in faults])

    assert decided.code is (expected[0] if expected else Code.VALID)
    assert decided.explanation == ()


@given(some_faults)
def test_explains_every_fault_in_the_published_order(faults):
    present = {code for code, _ in faults}

    decided = explain(*[change for _, change in faults])

    assert codes(decided) == [code for code, _ in FAULTS if code in present]
    assert decided.code is (codes(decided) or [Code.VALID])[0]
    assert all(failing.sentence.endswith(".") for failing in decided.explanation)


@given(some_faults)
def test_tells_nothing_more_for_explaining(faults):
    changes = [change for _, change in faults]
    for settings in ({"secret": SECRET[:-1]}, {"environment": "staging"}):
        decided = explain(*changes, **settings)

        assert (codes(decided), decided.facts) == ([decided.code], None)


def test_explains_that_there_is_no_such_key():
    decided = verdict.decide(question(bearer=BEARER, explain=True), None)

    assert codes(decided) == [Code.UNKNOWN]


def test_names_the_rule_that_is_broken():
    decided = explain({"policy": {"at_check": "enforce", "expiry_required": True}})

    assert [failing.rule for failing in decided.explanation] == ["expiry_required"]


def test_explains_no_fault_that_is_only_reported():
    decided = explain({"policy": {"at_check": "report", "expiry_required": True}})

    assert (decided.explanation, decided.violation) == ((), "expiry_required")


@pytest.mark.parametrize(
    ("required", "missing"),
    [
        (["reports:write"], ("reports:write",)),
        (["a", "reports:read", "b"], ("a", "b")),
        (["(a AND b) OR c"], ("c",)),
        (["(a AND reports:read) OR (b AND c)"], ("a",)),
        (["a OR b"], ("a",)),
        (["a AND (a OR b)"], ("a",)),
    ],
)
def test_says_what_would_satisfy_a_requirement(required, missing):
    [failing] = explain(required_permissions=required).explanation

    assert failing.missing == missing
    granted = ["reports:read", *missing]
    assert permissions.requirement(required).allows(granted)
