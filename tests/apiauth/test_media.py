"""What a request says of its body: read without failing, and without keeping it."""

import encodings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth.http import media
from tests.apiauth.api import bodies

JSON = "application/json"
PARTS = [
    *("charset", "x", "=", "*", "*0", "*1*", "; ", ";", '"', "\\", ",", "''", " "),
    *("utf-8", "unheard''", "é", "\x00", "\xff", "%ff", "\n", "\t", "9" * 5000),
]


@pytest.mark.parametrize("said", bodies.READABLE)
def test_reads_the_type_of_text_in_utf_8(said):
    assert media.in_utf_8(f"Application/JSON; {said}") == JSON


@pytest.mark.parametrize(("said", "kind"), [("", ""), (JSON, JSON), (" a/B ", "a/b")])
def test_takes_text_for_utf_8_without_a_word(said, kind):
    assert media.in_utf_8(said) == kind


@pytest.mark.parametrize("said", bodies.UNREADABLE)
def test_reads_no_other_text(said):
    assert media.in_utf_8(f"{JSON}; {said}") is None


@given(st.lists(st.sampled_from(PARTS)).map("".join) | st.text())
def test_fails_at_nothing(said):
    assert media.in_utf_8(f"{JSON}; {said}") in {JSON, None}


@pytest.mark.parametrize("said", ["charset=kept-{}", "charset*=kept-{}''a"])
def test_keeps_nothing_of_what_it_reads(said):
    known = len(encodings._cache)

    for n in range(10):
        assert media.in_utf_8(f"{JSON}; {said.format(n)}") is None

    assert len(encodings._cache) == known
