"""Text from people: one way to clean it, one list of its limits."""

import re
import unicodedata

from apiauth.errors import Invalid

NAME = 80
RULE = 80
DESCRIPTION = 250
REASON = 500
LABEL = 120
EXTERNAL_ID = 255
URL = 500
AGENT = 200
ADDRESS = 64
SLUG = 64

# Bidirectional controls reorder what a reader sees, zero-width characters hide
# in it; both make one name pass for another (Unicode TR 36, section 2). All of
# them are formats (Cf), of which these few Arabic and Syriac signs are visible.
_DECEPTIVE = frozenset(["Cc", "Cf", "Co", "Cs", "Zl", "Zp"])
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
# These draw nothing either, although they are letters, marks or not assigned yet:
# Default_Ignorable_Code_Point of Unicode 16.0 (DerivedCoreProperties.txt), whole.
_IGNORABLE = (
    *(range(0x00AD, 0x00AE), range(0x034F, 0x0350), range(0x061C, 0x061D)),
    *(range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180B, 0x1810)),
    *(range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070)),
    *(range(0x3164, 0x3165), range(0xFE00, 0xFE10), range(0xFEFF, 0xFF00)),
    *(range(0xFFA0, 0xFFA1), range(0xFFF0, 0xFFF9), range(0x1BCA0, 0x1BCA4)),
    *(range(0x1D173, 0x1D17B), range(0xE0000, 0xE1000)),
)
# And the pattern of Braille without a dot, which is a symbol.
_BLANKS = frozenset("\u2800").union(*(map(chr, codes) for codes in _IGNORABLE))
# What a reader of bytes puts where they were no UTF-8.
_BROKEN = "\ufffd"
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]*", re.ASCII)
# Keys, tickets and tokens, as people misplace them in addresses and agents.
_SECRET = re.compile(r"([a-z][a-z0-9_]{1,30}_)[0-9A-Za-z]{40,}|(apt\.)[\w\-.]{20,}")
_SHORTEST_SECRET = 24  # characters
# Emoji sequences are joined by U+200D; everywhere else it only hides.
_JOINER = "\u200d"
# Asks for the coloured picture of a symbol; behind anything else it only hides.
_COLOURED = "\ufe0f"
_KEYCAP = "\u20e3"
_SYMBOLS = 0x2190  # from here on: arrows, signs, pictures
# Symbols with a coloured picture that Unicode counts among other categories, or that
# come earlier (emoji-variation-sequences.txt, 16.0).
_PICTURED = frozenset("©®‼⁉™ℹ↔〰◻◼◽◾⤴⤵")  # noqa: RUF001 - these very signs


def clean(
    value: object,
    *,
    field: str,
    max_length: int,
    required: bool = True,
    multiline: bool = False,
) -> str:
    """Bring text into NFC without outer space and prove that it is harmless.

    Raises `Invalid` naming `field` when it is no text, missing, longer than
    `max_length` characters, was no UTF-8, or holds control or bidirectional
    characters, or such as draw nothing.
    """
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"{_spoken(field)} must be text.", field=field)
    cleaned = composed(value).strip()
    if multiline:
        cleaned = cleaned.replace("\r\n", "\n").replace("\r", "\n")
    if required and not cleaned:
        raise Invalid(f"{_spoken(field)} is required.", field=field)
    if len(cleaned) > max_length:
        raise Invalid(
            f"{_spoken(field)} must be at most {max_length} characters long.",
            field=field,
        )
    problem = _problem(cleaned, multiline=multiline)
    if problem:
        raise Invalid(f"{_spoken(field)} {problem}", field=field)
    return cleaned


def slug(value: object, *, field: str) -> str:
    """Read a name that programs use. Raises `Invalid` naming `field`."""
    cleaned = clean(value, field=field, max_length=SLUG)
    if not _SLUG.fullmatch(cleaned):
        raise Invalid(
            "A slug is made of letters, digits, _ and -, and begins with none of "
            "the last two.",
            field=field,
        )
    return cleaned


def is_clean(value: str, *, max_length: int) -> bool:
    """Tell whether `clean` would leave a text as it is: only then can it be stored."""
    try:
        return clean(value, field="value", max_length=max_length) == value
    except Invalid:
        return False


def composed(value: str) -> str:
    """Bring what somebody looks for into the form in which text is stored."""
    return unicodedata.normalize("NFC", value)


def as_read(value: str) -> str:
    """Bring text into what a reader sees of it: composed, its white space single."""
    return " ".join(composed(value).split())


def shorten(value: str, max_length: int) -> str:
    """Cut text that is only recorded (an agent, an address), never refused.

    What looks like a secret of ours is blotted out.
    """
    if len(value) >= _SHORTEST_SECRET:
        value = _SECRET.sub(r"\1\2[redacted]", value)
    if not value.isprintable():
        value = "".join(c if c.isprintable() else " " for c in value)
    return value.strip()[:max_length]


def _problem(text: str, *, multiline: bool) -> str:
    if _BROKEN in text:
        return "did not arrive whole. Send it as UTF-8."
    if _deceives(text, multiline=multiline):
        return "contains invisible or control characters. Remove them and try again."
    return ""


def _deceives(text: str, *, multiline: bool) -> bool:
    return any(
        _is_deceptive(text, position, multiline=multiline)
        for position, char in enumerate(text)
        if not (char.isascii() and char.isprintable())
    )


def _is_deceptive(text: str, position: int, *, multiline: bool) -> bool:
    char = text[position]
    if char == _JOINER:
        return not _joins_emoji(text, position)
    if char == _COLOURED:
        return not _colours(text, position)
    if multiline and char in "\n\t":
        return False
    if char in _VISIBLE_FORMATS:
        return False
    return char in _BLANKS or unicodedata.category(char) in _DECEPTIVE


def _joins_emoji(text: str, position: int) -> bool:
    following = text[position + 1 : position + 2]
    preceding = text[:position].rstrip(
        "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
    )
    return bool(following and preceding) and all(
        unicodedata.category(c) in {"So", "Sk"} for c in (following, preceding[-1])
    )


def _colours(text: str, position: int) -> bool:
    before = text[position - 1 : position]
    if before and before in "0123456789#*":
        return text[position + 1 : position + 2] == _KEYCAP
    return before in _PICTURED or (
        before >= chr(_SYMBOLS) and unicodedata.category(before) == "So"
    )


def _spoken(field: str) -> str:
    return field.replace("_", " ").capitalize()
