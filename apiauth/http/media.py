"""What a request says of its body; pure, and read before anything acts on it."""

from django.utils.http import parse_header_parameters

# By name: `codecs` keeps for good every name that it was ever asked for.
_UTF_8 = frozenset(["ascii", "us-ascii", "utf-8", "utf8"])


def in_utf_8(content_type: str) -> str | None:
    """Read the media type of a body whose text is UTF-8; None for any other.

    Without a word of the charset it is UTF-8. What cannot be read is not, whatever it
    is; nothing of it is kept, and nothing is raised.
    """
    # Parameters of mail (RFC 2231) come in parts and in charsets of their own. No media
    # type that we take has them, and parsers fail on some in ways of their own.
    if "*" in content_type:
        return None
    try:
        kind, parameters = parse_header_parameters(content_type)
    except ValueError:  # It is too long.
        return None
    charset = parameters.get("charset") or "utf-8"
    return kind if charset.strip().lower() in _UTF_8 else None


def names_charsets(content_type: str, body: bytes) -> bool:
    """Tell whether a part of this form names its own charset in the way of mail.

    No form may (RFC 7578 section 4.2). Parsers look each one up, and `codecs` keeps it.
    `content_type` is one that `in_utf_8` reads.
    """
    _, parameters = parse_header_parameters(content_type)
    border = b"--" + parameters.get("boundary", "").encode()
    heads = (part.partition(b"\r\n\r\n")[0] for part in body.split(border))
    return any(b"*" in head for head in heads)
