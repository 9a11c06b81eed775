"""JSON values in one form, and compared as JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e23, "100000000000000000000000"),
        (1.5, "1.5"),
        (2**70, "1180591620717411303424"),
        (True, "true"),
        (float("nan"), '"NaN"'),
        (-float("inf"), '"-Infinity"'),
        ("a\0\ud800", r'"a\\u0000\\ud800"'),
        ({1: (2.0, None)}, '{"1": [2, null]}'),
        ({None: 1, True: 2, "x": {"y": [3.0]}}, None),
    ],
)
def test_brings_values_into_one_form(value, kept):
    formed = json.dumps(canonical.form(value))

    assert formed == (kept or '{"null": 1, "true": 2, "x": {"y": [3]}}')


@given(JSON)
def test_the_form_is_its_own_form(value):
    formed = canonical.form(value)

    assert json.dumps(canonical.form(formed)) == json.dumps(formed)
    assert json.loads(json.dumps(formed, allow_nan=False)) == formed


@given(JSON)
def test_a_value_is_the_same_as_its_form_read_back(value):
    formed = canonical.form(value)

    assert canonical.is_same(json.loads(json.dumps(formed)), formed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (10**23, 1e23),
        (0, -0.0),
        ({"a": [1, {"b": True}]}, {"a": (1.0, {"b": True})}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ("a", "a"),
        (None, None),
    ],
)
def test_takes_for_the_same_what_json_does(one, other):
    assert canonical.is_same(one, other)
    assert canonical.is_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (False, 0),
        (False, None),
        (0, None),
        (1, "1"),
        (2**53, 2**53 + 1),
        (float(2**53), 2**53 + 1),
        ([1], [True]),
        ([1], [1, 1]),
        ([], {}),
        ({"a": [{"b": 1}]}, {"a": [{"b": True}]}),
        ({"a": 1}, {"b": 1}),
        ({"a": None}, {}),
    ],
)
def test_takes_for_different_what_json_does(one, other):
    assert not canonical.is_same(one, other)
    assert not canonical.is_same(other, one)
