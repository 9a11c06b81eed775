"""Small words of the portal's templates: icons, moments, masked keys."""

from datetime import UTC, datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apiauth import credentials
from vanity import moments

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "icon") -> SafeString:
    """Draw a symbol of the sprite; it says nothing, the words beside it do."""
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        classes,
        static("portal/icons.svg"),
        name,
    )


@register.simple_tag
def moment(at: datetime, style: str = "relative") -> SafeString:
    """Write a moment in UTC; the script words it in the viewer's zone."""
    spoken = {
        "relative": lambda: moments.relative(at, now=timezone.now()),
        "date": lambda: moments.date(at),
        "datetime": lambda: moments.exact(at),
    }[style]()
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(timespec="seconds"),
        style,
        moments.exact(at),
        spoken,
    )


@register.simple_tag
def masked(prefix: str, last_four: str) -> SafeString:
    """Show which secret is meant: the start and the last four around dots."""
    return format_html(
        '<code class="chip">{}_<i>{}</i>{}</code>', prefix, credentials.MASK, last_four
    )
