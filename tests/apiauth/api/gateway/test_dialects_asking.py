"""What proxies report becomes a question; nothing is believed of anybody else."""

import pytest

from apiauth.api.gateway import dialects
from apiauth.errors import Invalid, Unauthenticated
from tests.apiauth.api.gateway import asking

NOBODY = "203.0.113.99"


# ------------------------------------------------------------------ what is reported


def test_reads_the_request_that_is_held_back(kind):
    asked = asking.question(
        kind, method="PUT", uri="/orders/7?a=b", user_agent="curl/8"
    )

    assert (asked.method, asked.resource) == ("PUT", "/orders/7")
    assert (asked.client_ip, asked.user_agent) == (asking.CUSTOMER, "curl/8")
    assert (asked.secret, asked.bearer, asked.entries) == ("", None, ())


@pytest.mark.parametrize(
    ("forwarded", "meant"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 127.0.0.1", "203.0.113.7"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_counts_the_client_from_the_right(kind, forwarded, meant):
    assert asking.question(kind, x_forwarded_for=forwarded).client_ip == meant


@pytest.mark.parametrize("peer", [NOBODY, "", "nonsense", "::1", "127.0.0.2"])
def test_believes_nobody_whom_no_operator_named(kind, peer):
    with pytest.raises(dialects.UntrustedProxy, match="KEYPLATE_TRUSTED_PROXIES"):
        kind.dialect.ask(kind.request(peer=peer))


def test_believes_a_named_one_on_a_dual_stack(kind):
    assert kind.dialect.ask(kind.request(peer="::ffff:127.0.0.1"))


@pytest.mark.parametrize("kind", asking.KINDS[:2], ids=lambda one: one.name)
@pytest.mark.parametrize("missing", [{"method": ""}, {"uri": ""}, {"uri": "  "}])
def test_wants_method_and_address(kind, missing):
    with pytest.raises(dialects.NotForwarded, match=r"X-\w+-(Method|U(ri|RI))"):
        kind.dialect.ask(kind.request(**missing))


def test_wants_a_path_below_its_own():
    with pytest.raises(dialects.NotForwarded):
        asking.ENVOY.dialect.ask(asking.ENVOY.request(uri=""))


@pytest.mark.parametrize("method", ["CONNECT", "BREW", "GET, GET", "GЕT"])  # noqa: RUF001 - Cyrillic
def test_knows_no_other_methods(kind, method):
    with pytest.raises(Invalid) as refusal:
        kind.dialect.ask(kind.request(method=method))

    assert refusal.value.field == "method"


# --------------------------------------------------------------------- one spelling


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/", "/"),
        ("/%6Frders/%7e7", "/orders/~7"),
        ("/a%20b/%c3%a9", "/a%20b/%C3%A9"),
        ("/a%2fb", "/a%2Fb"),
        ("/a..b/...", "/a..b/..."),
        ("/100%", "/100%"),
        ("/orders?next=/../x", "/orders"),
    ],
)
def test_gives_a_path_one_spelling(kind, uri, path):
    assert asking.question(kind, uri=uri).resource == path


@pytest.mark.parametrize(
    "path", ["//orders/7", "/orders//7", "//orders///7", "/orders//", "//x/orders"]
)
def test_asks_about_slashes_as_they_were_sent(kind, path):
    assert asking.question(kind, uri=f"{path}?a=b//c").resource == path


@pytest.mark.parametrize(
    "uri",
    [
        "/open/../reports",
        "/./reports",
        "/open/..",
        "/open/%2e%2e/reports",
        "/open/.%2E/reports",
        "/open%2f..%2freports",
        "/open/..;x/reports",
        "/open\\..\\reports",
        "/open%5c..%5creports",
    ],
)
def test_takes_no_path_that_servers_read_differently(kind, uri):
    with pytest.raises(Invalid, match="dot segments"):
        kind.dialect.ask(kind.request(uri=uri))


@pytest.mark.parametrize("uri", ["*", "http://api/orders", "orders", "/a#b", "/a\x00b"])
@pytest.mark.parametrize("kind", asking.KINDS[:2], ids=lambda one: one.name)
def test_takes_nothing_but_a_path(kind, uri):
    with pytest.raises(Invalid):
        kind.dialect.ask(kind.request(uri=uri))


def test_knows_an_encoded_mark_from_a_query():
    request = asking.ENVOY.request(uri="/orders")
    decoded = type(request)(
        method="GET",
        path="/gateway/envoy/reports?x#y",
        headers=request.headers,
        peer=request.peer,
    )

    [asked] = asking.ENVOY.dialect.ask(decoded).questions

    assert asked.resource == "/reports%3Fx%23y"


# ---------------------------------------------------------------------- permissions


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("", ()),
        ("require=reports:read", ("reports:read",)),
        ("require=a:b&require=c:d", ("a:b", "c:d")),
        ("require=a:b+OR+c:d", ("a:b OR c:d",)),
        ("require=a:b%20AND%20c:d", ("a:b AND c:d",)),
    ],
)
@pytest.mark.parametrize("kind", asking.KINDS[:2], ids=lambda one: one.name)
def test_reads_permissions_from_its_address(kind, query, entries):
    assert asking.question(kind, require=query).entries == entries


@pytest.mark.parametrize(
    "query",
    ["requires=a:b", "Require=a:b", "require=", "require", "require=%20", "a:b"],
)
@pytest.mark.parametrize("kind", asking.KINDS[:2], ids=lambda one: one.name)
def test_lets_no_slip_of_the_pen_require_nothing(kind, query):
    with pytest.raises(Invalid):
        kind.dialect.ask(kind.request(require=query))


def test_reads_permissions_from_the_header(kind):
    asked = asking.question(kind, x_keyplate_require="reports:read OR a:b")

    assert asked.entries == ("reports:read OR a:b",)


@pytest.mark.parametrize("header", ["", " ", "a:b OR", "(a:b", "a:*", "a:b OR c:d, e"])
def test_lets_no_malformed_requirement_pass(kind, header):
    with pytest.raises(Invalid):
        kind.dialect.ask(kind.request(x_keyplate_require=header))


def test_leaves_the_customers_own_query_alone():
    asked = asking.question(asking.ENVOY, uri="/orders?require=a:b&x=")

    assert asked.entries == ()


# ---------------------------------------------------------------- the gateway's key


def test_asks_with_the_proxys_own_key(kind, acme):
    asked = asking.question(kind, x_keyplate_gateway_key=acme.minted.secret)

    assert asked.bearer == acme.minted.secret
    assert acme.minted.secret not in repr(asked)


def test_needs_one_unless_anybody_may_ask(kind, settings):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = False

    with pytest.raises(Unauthenticated, match="gateway key is needed"):
        kind.dialect.ask(kind.request())


def test_takes_no_customers_key_for_it(kind, settings, good):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = False

    with pytest.raises(Unauthenticated):
        kind.dialect.ask(kind.request(authorization=f"Bearer {good.secret}"))
