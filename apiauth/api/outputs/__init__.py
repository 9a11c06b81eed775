"""What the API answers, one schema a thing; the same in every surface that shows it."""

from apiauth.api.outputs.apps import App, MaybeText, Rule
from apiauth.api.outputs.audit import Log, LogRow, SessionLog, SessionLogRow
from apiauth.api.outputs.history import Event, Events
from apiauth.api.outputs.keys import Key, KeyWithSecret
from apiauth.api.outputs.refusals import Error, Problem
from apiauth.api.outputs.usage import Analytics, Timeseries

__all__ = [
    "Analytics",
    "App",
    "Error",
    "Event",
    "Events",
    "Key",
    "KeyWithSecret",
    "Log",
    "LogRow",
    "MaybeText",
    "Problem",
    "Rule",
    "SessionLog",
    "SessionLogRow",
    "Timeseries",
]
