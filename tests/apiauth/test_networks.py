"""Networks: one spelling each, and what they cover."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import networks
from apiauth.errors import Invalid

# IPv4 in the guise of IPv6 is IPv4; that has its own lines above.
ADDRESSES = st.ip_addresses().filter(lambda one: not getattr(one, "ipv4_mapped", None))


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8:0::1", "2001:db8::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
    ],
)
def test_spells_a_network_in_one_way(written, spelled):
    assert networks.clean([written]) == [spelled]


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.1/8",
        "2001:db8::1/32",
        "::ffff:10.0.0.1/104",
        "localhost",
        "10.0.0.0/8,10.1.0.0/16",
        "fe80::1%eth0",
        "010.0.0.1",
        "10.0.0.0/8 ; x",
    ],
)
def test_names_the_entry_that_is_no_network(entry):
    with pytest.raises(Invalid) as refusal:
        networks.clean(["192.0.2.0/24", entry], field="policy")

    assert refusal.value.field == "policy"
    assert f"“{entry}”" in refusal.value.message


def test_says_which_network_may_have_been_meant():
    with pytest.raises(Invalid, match=r"Write 10\.0\.0\.0/8 for the whole of it"):
        networks.clean(["10.0.0.1/8"])


@pytest.mark.parametrize("values", ["10.0.0.0/8", None, [7], [None], ["::1"] * 101])
def test_wants_a_list_of_text_of_bounded_length(values):
    with pytest.raises(Invalid) as refusal:
        networks.clean(values)

    assert refusal.value.field == "networks"


def test_keeps_the_order_and_drops_doubles():
    written = ["192.0.2.0/24", "10.0.0.0/8", "192.0.2.0/24", "::ffff:10.0.0.0/104"]

    assert networks.clean(written) == ["192.0.2.0/24", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("address", "covered"),
    [
        ("10.255.0.1", True),
        ("11.0.0.0", False),
        ("::ffff:10.0.0.1", True),
        ("2001:db8:ffff::1", True),
        ("2001:db9::", False),
        ("", False),
        ("unknown", False),
        ("10.0.0.1:443", False),
    ],
)
def test_covers_addresses_of_both_families(address, covered):
    listed = networks.clean(["10.0.0.0/8", "2001:db8::/32"])

    assert networks.covers(listed, address) is covered


@given(ADDRESSES, st.data())
def test_covers_what_is_in_it_and_nothing_else(address, data):
    bits = data.draw(st.integers(0, address.max_prefixlen))
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    other = data.draw(ADDRESSES)

    listed = networks.clean([str(network)])

    assert networks.covers(listed, str(address))
    assert networks.covers(listed, str(other)) == (other in network)
