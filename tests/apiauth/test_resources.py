"""Resources: which paths a list of them reaches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import resources
from apiauth.errors import Invalid

SEGMENT = st.text("ab-._~;=@ä", min_size=1, max_size=4).filter(
    lambda segment: segment.partition(";")[0] not in {"", ".", ".."}
)
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map(lambda s: "/" + "/".join(s))
EVERYTHING = ["/*"]


def encoded(path):
    """The same path with every octet encoded that may be."""
    return "/".join(
        "".join(f"%{octet:02x}" for octet in segment.encode())
        for segment in path.split("/")
    )


@pytest.mark.parametrize(
    ("entry", "path", "reached"),
    [
        ("/v1/reports", "/v1/reports", True),
        ("/v1/reports", "/v1/reports/", False),
        ("/v1/reports/", "/v1/reports/", True),
        ("/v1/reports", "/v1/reports/7", False),
        ("/v1/reports", "/v1/report", False),
        ("/v1/reports", "/V1/reports", False),
        ("/v1/reports", "/v1/%72eports", True),
        ("/v1/%72eports", "/v1/reports", True),
        ("/k%c3%a4se", "/käse", True),
        ("/käse", "/k%C3%A4se", True),
        ("/a%20b", "/a b", False),
        ("/v1/*", "/v1/reports", True),
        ("/v1/*", "/v1/reports/7", True),
        ("/v1/*", "/v1/reports/", True),
        ("/v1/*", "/v1", False),
        ("/v1/*", "/v1/", False),
        ("/v1/*", "/v10/reports", False),
        ("/v1/*", "/v2/v1/reports", False),
        ("/*", "/", True),
        ("/*", "/v1", True),
        ("/", "/", True),
        ("/", "/v1", False),
    ],
)
def test_reaches_whole_paths_and_what_is_below(entry, path, reached):
    assert resources.clean([entry]) == [entry]
    assert resources.reaches([entry], path) is reached


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../admin",
        "/v1/./reports",
        "/v1/%2e%2e/admin",
        "/v1/.%2E/admin",
        "/v1/..",
        "/v1/..;x=1/admin",
        "/v1/;x/admin",
        "/v1//reports",
        "//v1/reports",
        "/v1/a%2fb",
        "/v1/a%2Fb",
        "/v1/a%5Cb",
        "/v1/..%5cadmin",
        "/v1\\reports",
        "/v1/%252e%252e/admin",
        "/v1/a%252Fb",
        "/v1/%00",
        "/v1/%0d%0a",
        "/v1/100%",
        "/v1/%zz",
        "v1/reports",
        "",
    ],
)
def test_reaches_nothing_that_may_be_another_path(path):
    assert not resources.reaches(EVERYTHING, path)
    assert not resources.reaches(["/v1/*"], path)
    assert not resources.reaches([path], path)
    assert resources.reaches([], path)


@given(PATH)
def test_reaches_a_path_however_it_is_encoded(path):
    listed = resources.clean([path])

    assert resources.reaches(listed, path)
    assert resources.reaches(EVERYTHING, path)
    assert resources.spelled(encoded(path)) == resources.spelled(
        resources.spelled(encoded(path))
    )


@given(st.text("ab-._~/", max_size=12).map(lambda rest: f"/{rest}"))
def test_encodes_unreserved_characters_without_effect(path):
    for listed in (["/a/*"], ["/*"], ["/a", "/b"]):
        assert resources.reaches(listed, path) == resources.reaches(
            listed, encoded(path)
        )


@given(PATH, PATH)
def test_reaches_below_exactly_what_goes_on(above, below):
    assert resources.reaches([f"{above}/*"], above + below)
    assert resources.reaches([f"{above}/*"], below) == below.startswith(f"{above}/")


@given(st.text("a./%2eEfF5cC\\;", max_size=16).map(lambda rest: f"/v1/{rest}"))
def test_never_leaves_what_is_below(path):
    """What is reached stays there, however a server reads the path."""
    if not resources.reaches(["/v1/*"], path):
        return
    seen = path
    for _ in range(2):
        seen = seen.replace("%2e", ".").replace("%2E", ".").replace("%2F", "/")
        seen = seen.replace("%2f", "/").replace("%5c", "/").replace("%5C", "/")
        seen = seen.replace("%25", "%")
    segments = [one.partition(";")[0] for one in seen.replace("\\", "/").split("/")]
    assert ".." not in segments
    assert "." not in segments


@pytest.mark.parametrize(
    "value",
    [
        "v1",
        "*",
        "/v1*",
        "/v1/*/reports",
        "/v1/**",
        "/v1?x=1",
        "/v1#x",
        "/v1//reports",
        "/v1/../x",
        "/v1/%2e/x",
        "/a%2Fb",
        "/a\\b",
        "/100%",
        "/v1//*",
        "//*",
        "",
        "/a\u202eb",
        None,
        7,
        "/" + "x" * 500,
    ],
)
def test_refuses_an_entry_that_could_not_be_reached(value):
    with pytest.raises(Invalid) as refusal:
        resources.clean(["/v1", value])

    assert refusal.value.field == "resources"


@pytest.mark.parametrize("values", ["/v1", None, {"/v1": 1}, ["/v1"] * 101])
def test_wants_a_list_of_bounded_length(values):
    with pytest.raises(Invalid):
        resources.clean(values)


def test_keeps_the_order_and_drops_doubles():
    assert resources.clean(["/b", "/a/*", "/b"]) == ["/b", "/a/*"]
