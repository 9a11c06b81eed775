"""Required expressions, held against Python's own `and` and `or`."""

import ast
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import permissions
from apiauth.errors import Invalid
from apiauth.permissions import Either, Every, Name

NAMES = ["a", "b:c", "reports:read", "d/e.f"]
PYTHON = {"AND": "and", "OR": "or", **{name: f"n{i}" for i, name in enumerate(NAMES)}}
TOKENS = st.sampled_from([*NAMES, "AND", "OR", "(", ")"])
SPACES = st.sampled_from([" ", "  ", "\t", "\n "])

names = st.sampled_from(NAMES).map(Name)
trees = st.recursive(
    names,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([Every, Either]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


def printed(tree):
    """Write a tree with every parenthesis that may be."""
    if isinstance(tree, Name):
        return tree.value
    word = " AND " if isinstance(tree, Every) else " OR "
    return f"({word.join(printed(part) for part in tree.parts)})"


def asked_of_python(tokens, granted):
    """What Python makes of an expression; None where it is none of ours."""
    text = " ".join(PYTHON.get(token, token) for token in tokens)
    try:
        parsed = ast.parse(text, mode="eval")
    except SyntaxError:
        return None
    ours = (ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.Name, ast.Load)
    if not all(isinstance(node, ours) for node in ast.walk(parsed)):
        return None
    known = {PYTHON[name]: name in granted for name in NAMES}
    return eval(compile(parsed, "", "eval"), {}, known)  # noqa: S307 - names, and, or


@given(trees)
def test_reads_what_was_printed(tree):
    # One outer pair makes an expression of a name, too.
    assert permissions.parse(f"({printed(tree)})") == tree


@given(trees, st.sets(st.sampled_from(NAMES)))
def test_decides_as_python_does(tree, granted):
    tokens = printed(tree).replace("(", "( ").replace(")", " )").split()

    assert tree.allows(list(granted)) == asked_of_python(tokens, granted)


@given(st.lists(TOKENS, min_size=1, max_size=9), st.data())
def test_takes_exactly_what_python_takes(tokens, data):
    entry = "".join(token + data.draw(SPACES) for token in tokens)
    granted = data.draw(st.sets(st.sampled_from(NAMES)))
    meant = asked_of_python(tokens, granted)

    if meant is None:
        with pytest.raises(Invalid):
            permissions.parse(entry)
    else:
        assert permissions.parse(entry).allows(list(granted)) == meant


def test_takes_every_short_expression_that_python_takes():
    few = ["a", "b:c", "AND", "OR", "(", ")"]
    for length in range(1, 6):
        for tokens in itertools.product(few, repeat=length):
            meant = asked_of_python(tokens, {"a"})
            try:
                read = permissions.parse(" ".join(tokens)).allows(["a"])
            except Invalid:
                read = None
            assert read == meant, tokens


@given(trees, st.sampled_from(["AND", "OR", "(", ")", ",", "*", "a:*"]), st.data())
def test_lets_nothing_pass_that_was_torn(tree, more, data):
    tokens = f"( {printed(tree)} )".replace("(", "( ").replace(")", " )").split()
    place = data.draw(st.integers(0, len(tokens)))
    torn = [*tokens[:place], more, *tokens[place:]]

    with pytest.raises(Invalid):
        permissions.requirement([" ".join(torn)])


@given(trees, st.sets(st.sampled_from(NAMES)))
def test_names_what_is_missing_and_would_be_enough(tree, granted):
    held = sorted(granted)

    missing = tree.missing(held)

    assert (not missing) == tree.allows(held)
    assert tree.allows([*held, *missing])
    assert not set(missing) & granted


SEGMENTS = st.lists(st.sampled_from(["a", "b", "a-b", "_"]), min_size=1, max_size=4)
SIGNS = st.sampled_from(".:/")


@st.composite
def spelled(draw, last):
    """A name, or a grant, of a few segments."""
    first = [segment + draw(SIGNS) for segment in draw(SEGMENTS)[1:]]
    return "".join(first) + draw(st.sampled_from(last))


@given(spelled(["a", "b"]), st.lists(spelled(["a", "b", "*"]), max_size=4))
def test_allows_what_a_grant_covers_and_nothing_else(name, granted):
    covered = any(permissions.covers(grant, name) for grant in granted)

    assert Name(name).allows(permissions.grants(granted)) is covered


class Held(frozenset[str]):
    """Grants that nobody may look through one by one."""

    def __iter__(self):
        raise AssertionError("all of them were looked at")


def test_looks_no_grants_through():
    wanted = permissions.parse("(x:y AND a:b) OR c:d:e")

    assert wanted.allows(Held(["a:b", "c:d:*"]))
    assert wanted.missing(Held(["a:c", "c:*"])) == ("c:d:e",)
