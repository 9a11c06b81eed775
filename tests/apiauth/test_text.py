"""Text from people: cleaned, bounded, and what it must not hide."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiauth import text
from apiauth.errors import Invalid


def clean(value, **settings):
    return text.clean(value, field="name", max_length=80, **settings)


@pytest.mark.parametrize(
    "honest",
    [
        "CI",
        "Käse & Brot — №5",
        "日本語の鍵",
        "مفتاح",
        "<b>not markup here</b>",
        "👩‍💻 laptop",
        "👩🏽‍💻",
        "❤️‍🔥",
        "❤️ laptop",
        "1️⃣ first",
        "©️ \u2139\ufe0f ↔️ ⚠️ 〰️",
        "🕵️‍♂️",
        "नमस्ते",
        "O'Brien; DROP TABLE keys",
        "x" * 80,
    ],
)
def test_leaves_honest_text_as_it_is(honest):
    assert clean(honest) == honest


def test_composes_and_trims():
    assert clean("  Ku\u0308che ") == "Küche"


@pytest.mark.parametrize(
    "hidden",
    [
        "\x00",
        "\x07",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\r\n",
        "\t",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200c",
        "\u200d",
        "\u200e",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u3164",
        "\u2800",
        "\u034f",
        "\u180b",
        "\u180f",
        "\u2065",
        "\ufe01",
        "\ufe0e",
        "\ufe0f",
        "1\ufe0f",
        "°\ufe0f",
        "❤\ufe0f\ufe0f",
        "\ufff0",
        "\U000e0101",
        "\U000e0fff",
        "\U000e0041",
        "\ue000",
        "\ud800",
    ],
)
def test_refuses_what_cannot_be_seen(hidden):
    with pytest.raises(Invalid) as refusal:
        clean(f"a{hidden}b")

    assert refusal.value.field == "name"
    assert "invisible" in refusal.value.message


@pytest.mark.parametrize("missing", ["", "   ", "\u2003", None, 7, True, ["x"], b"x"])
def test_wants_text_where_it_is_required(missing):
    with pytest.raises(Invalid):
        clean(missing)


@pytest.mark.parametrize("missing", ["", "  ", None])
def test_reads_nothing_as_empty_where_it_is_optional(missing):
    assert not clean(missing, required=False)


def test_hides_nothing_at_the_beginning_either():
    with pytest.raises(Invalid, match="invisible"):
        clean("\ufe0fb")


def test_knows_all_that_unicode_lets_programs_ignore():
    # As many as DerivedCoreProperties.txt says at its end of the property.
    assert sum(map(len, text._IGNORABLE)) == 4174


def test_counts_characters_after_composing():
    assert len(clean("e\u0301" * 80)) == 80

    with pytest.raises(Invalid, match="80 characters"):
        clean("x" * 81)


def test_keeps_lines_only_where_there_may_be_several():
    assert clean("a\r\nb\rc\n", multiline=True) == "a\nb\nc"

    with pytest.raises(Invalid):
        clean("a\nb")


@given(st.text(max_size=80))
def test_what_it_returns_it_would_take_again(written):
    try:
        cleaned = clean(written)
    except Invalid:
        return
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode()


@given(st.text(alphabet=st.characters(), max_size=300))
def test_shortens_anything_into_one_printable_line(written):
    shortened = text.shorten(written, 200)

    assert len(shortened) <= 200
    assert shortened.isprintable()


@pytest.mark.parametrize("slug", ["aa_1", "A-b_9", "9", "x" * 64])
def test_takes_slugs(slug):
    assert text.slug(slug, field="app_slug") == slug


@pytest.mark.parametrize(
    "slug", ["", "_a", "-a", "a b", "a/b", "ä", "a\x00", "x" * 65, None, "<i>"]
)
def test_refuses_what_is_no_slug(slug):
    with pytest.raises(Invalid) as refusal:
        text.slug(slug, field="app_slug")

    assert refusal.value.field == "app_slug"


@pytest.mark.parametrize(
    "written",
    ["Caf\u00e9 2", " Cafe\u0301  2", "Caf\u00e9\u00a02\n", "Caf\u00e9 \u3000 2"],
)
def test_reads_alike_what_looks_alike(written):
    assert text.as_read(written) == "Caf\u00e9 2"


@pytest.mark.parametrize("secret", ["acme_live_" + "a1B2" * 10, "apt." + "Wz-_." * 9])
def test_records_no_secret(secret):
    recorded = text.shorten(f"/hooks/{secret}/x", text.URL)

    assert secret[10:] not in recorded
    assert recorded.startswith("/hooks/")
    assert "[redacted]" in recorded
