"""How values look on the operators' pages; all of it escaped."""

import json
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = "—"


def moment(at: datetime | None, empty: str = NOTHING) -> SafeString | str:
    """A moment to the minute; its zone is in the tip."""
    if at is None:
        return empty
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        local.strftime("%A, %d %B %Y, %H:%M:%S %Z"),
        local.strftime("%d %b %Y, %H:%M"),
    )


def code(value: object) -> SafeString | str:
    """An id, a slug or a masked key in a chip."""
    return format_html("<code>{}</code>", value) if value else NOTHING


def status(word: str, tone: str = "") -> SafeString:
    """A state: always a word, its colour only beside it."""
    return format_html('<span class="state" data-tone="{}">{}</span>', tone, word)


def words(values: list[str] | None, empty: str = "none") -> SafeString | str:
    """A list of short words, each in a chip."""
    if not values:
        return empty
    return format_html_join(" ", "<code>{}</code>", ((value,) for value in values))


def facts(value: object, empty: str = NOTHING) -> SafeString | str:
    """Stored JSON, readable."""
    if value in (None, {}, []):
        return empty
    pretty = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="facts">{}</pre>', pretty)


def link(url: str, label: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, label)
