"""Spans of time in the addresses of lists: what no calendar has is asked of nobody."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.dateparse import parse_date, parse_datetime

# Well within what Python and the databases can reckon, whatever the zone.
_YEARS = range(1000, 9001)
_PARTS = {"year": _YEARS, "month": range(1, 13), "day": range(1, 32)}


class SpannedList(ChangeList):
    """A list that takes a date or a moment that is none as a wrong address."""

    def get_filters(self, request: HttpRequest) -> Any:  # Any: as the stubs have it
        for lookup, values in self.get_filters_params().items():
            part = lookup.rpartition("__")[2]
            for value in values:
                # What the list does not offer is refused as such.
                offered = self.model_admin.lookup_allowed(lookup, value, request)
                if offered and not _is_possible(part, value):
                    raise IncorrectLookupParameters
        return super().get_filters(request)


def _is_possible(part: str, value: str) -> bool:
    try:
        if part in _PARTS:
            return int(value) in _PARTS[part]
        if part in {"gte", "lt"}:
            moment = parse_datetime(value) or parse_date(value)
            return moment is not None and moment.year in _YEARS
    except ValueError:
        return False
    return True
