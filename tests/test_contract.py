"""The map from the wire contract to the tests that show it (clients/README.md)."""

import re

import pytest

from devtools.paths import ROOT

TESTS = ROOT / "tests"
MAP = (TESTS / "clients" / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`(\S+\.py)::(test_\w+)`", MAP)))
# The sections that promise something to somebody.
SECTIONS = [*range(4, 13), 16]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_names_only_tests_that_exist(path, name):
    source = (TESTS / path).read_text()

    assert re.search(rf"^def {name}\(", source, re.MULTILINE)


@pytest.mark.parametrize("section", SECTIONS)
def test_has_a_test_in_every_row_of_every_section(section):
    _, _, rest = MAP.partition(f"\n### {section} ")
    text, _, _ = rest.partition("\n### ")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]

    assert rows
    assert not [row for row in rows if "::test_" not in row]
