"""Ids of hosts as parts of addresses."""

from django.urls import register_converter
from django.urls.converters import StringConverter

NAME = "external"


class ExternalIdConverter(StringConverter):
    """The host's own id, which may hold slashes: servers undo `%2F` before we see it.

    Our own words are no part of it, or `a/suspend` would be both an id and a verb for
    `a`. Nor is a slash at either end, so that no address has a second one beside it;
    nor U+FFFD, as which servers pass on what is no UTF-8, any of it.
    """

    regex = r"(?!/)(?:(?!/(?:members|resume|suspend)(?:/|$))[^\n\ufffd])+(?<!/)"


register_converter(ExternalIdConverter, NAME)
