"""Network addresses, in one spelling each."""

import sys

import pytest

from apiauth import addresses


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("0000:0000:0000:0000:0000:ffff:192.168.100.228", "192.168.100.228"),
    ],
)
def test_reads_an_address(written, read):
    assert str(addresses.parse(written)) == read


@pytest.mark.parametrize(
    "written",
    ["", "x", "192.0.2", "192.0.2.1:80", "fe80::1%eth0", "10.0.0.0/8", "1" * 100, "٣"],
)
def test_reads_nothing_else(written):
    assert addresses.parse(written) is None


@pytest.mark.parametrize("read", [addresses.parse, addresses.spelled])
def test_keeps_nothing_that_is_too_long_for_an_address(read):
    written = "1" * 1000
    held = sys.getrefcount(written)

    read(written)

    assert sys.getrefcount(written) == held
