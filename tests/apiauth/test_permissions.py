"""Permissions: names, grants with wildcards, required expressions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import permissions
from apiauth.errors import Invalid

SEGMENT = st.sampled_from(["a", "b", "reports", "read"])
NAME = st.lists(SEGMENT, min_size=1, max_size=3).map(":".join)
GRANT = st.one_of(NAME, NAME.map(lambda name: f"{name}:*"), st.just("*"))
GRANTS = st.lists(GRANT, max_size=4)


def holds(expression: str, *granted: str) -> bool:
    return permissions.requirement([expression]).allows(granted)


@pytest.mark.parametrize(
    ("grant", "name", "covered"),
    [
        ("reports:read", "reports:read", True),
        ("reports:read", "reports:write", False),
        ("reports:read", "REPORTS:READ", False),
        ("reports:*", "reports:read", True),
        ("reports:*", "reports:2026:read", False),
        ("reports:*", "reports", False),
        ("reports:*", "reports:*", True),
        ("reports:read", "reports:*", False),
        ("a/b.*", "a/b.c", True),
        ("a/b.*", "a/b", False),
        ("*", "reports:2026:read", True),
    ],
)
def test_covers_by_the_last_segment_only(grant, name, covered):
    assert permissions.covers(grant, name) is covered


@given(GRANTS, st.lists(GRANT, min_size=1, max_size=4), NAME)
def test_leaves_within_a_ceiling_what_both_allow(granted, ceiling, name):
    def allowed(grants):
        return any(permissions.covers(grant, name) for grant in grants)

    left = permissions.within(ceiling, granted)

    assert allowed(left) == (allowed(ceiling) and allowed(granted))


def test_leaves_everything_without_a_ceiling():
    assert permissions.within([], ["b", "a", "b"]) == ["a", "b"]


def test_lists_what_lies_beyond_a_ceiling():
    assert permissions.beyond(["a:*"], ["a:b", "c", "*"]) == ["c", "*"]


@pytest.mark.parametrize(
    ("expression", "held"),
    [
        ("a", True),
        ("c", False),
        ("a AND b", True),
        ("a AND c", False),
        ("c OR a", True),
        ("c OR d", False),
        ("a OR c AND d", True),  # AND binds closer
        ("(a OR c) AND d", False),
        ("((a))", True),
        ("a,b", True),
        ("a, c", False),
        ("  a  AND\tb ", True),
    ],
)
def test_reads_expressions(expression, held):
    assert holds(expression, "a", "b") is held


@given(st.lists(NAME, min_size=1, max_size=5), st.data())
def test_entries_are_all_required(entries, data):
    granted = data.draw(st.lists(st.sampled_from(entries)))

    required = permissions.requirement(entries)

    assert required.allows(granted) == (set(entries) <= set(granted))


@pytest.mark.parametrize(
    "malformed",
    [
        "a b",
        "AND",
        "a AND",
        "OR a",
        "a AND OR b",
        "a OR b c",
        "(a",
        "a)",
        "()",
        "(a))",
        "a,",
        ",",
        "a AND b,c",
        "a and b",
        "reports:*",
        "*",
        "a::b",
        ":a",
        "a\x00",
        "a\u202eb",
        "réports",
        "<b>a</b>",
        "(" * 30 + "a" + ")" * 30,
        "a" * 1001,
        None,
        7,
        True,
        ["a"],
        {"a": 1},
    ],
)
def test_never_lets_a_malformed_requirement_pass(malformed):
    with pytest.raises(Invalid) as refusal:
        permissions.requirement(["ok", malformed])

    assert refusal.value.field == "required_permissions"


@given(st.text(alphabet="ab ():,*ANDOR\t", max_size=30))
def test_reads_or_refuses_any_text(entry):
    try:
        required = permissions.requirement([entry])
    except Invalid:
        return
    assert required.allows(["*"])
    assert required.allows([]) == (not entry.strip())


@pytest.mark.parametrize("entries", ["a", None, {"a": 1}, ["a"] * 101])
def test_wants_a_list_of_bounded_length(entries):
    with pytest.raises(Invalid):
        permissions.requirement(entries)


def test_drops_blank_entries():
    assert permissions.requirement(["", "  "]).allows([])


def test_lists_the_names_of_an_expression():
    expression = permissions.parse("a AND (b OR c)")

    assert list(expression.names()) == ["a", "b", "c"]


def test_sorts_grants_and_drops_doubles():
    assert permissions.grants(["b", "a:*", "b"]) == ["a:*", "b"]


@pytest.mark.parametrize(
    "malformed",
    [
        "a",
        None,
        [1],
        [None],
        [""],
        ["a b"],
        ["a:*:b"],
        ["a*"],
        ["**"],
        ["a:"],
        ["a\n"],
        ["a" * 101],
        ["\u202ea"],
        ["<script>"],
        ["a"] * 101,
    ],
)
def test_refuses_malformed_grants_by_their_field(malformed):
    with pytest.raises(Invalid) as refusal:
        permissions.grants(malformed, field="grantable_permissions")

    assert refusal.value.field == "grantable_permissions"
