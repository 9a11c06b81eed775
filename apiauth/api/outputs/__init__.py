"""What the API answers, one schema a thing; the same in every surface that shows it."""

from apiauth.api.outputs.apps import App, MaybeText, Rule
from apiauth.api.outputs.keys import Key, KeyWithSecret
from apiauth.api.outputs.refusals import Error, Problem
from apiauth.api.outputs.sessions import (
    Data,
    Deployment,
    Done,
    ExchangedSession,
    KeyList,
    Session,
    SessionApp,
)

__all__ = [
    "App",
    "Data",
    "Deployment",
    "Done",
    "Error",
    "ExchangedSession",
    "Key",
    "KeyList",
    "KeyWithSecret",
    "MaybeText",
    "Problem",
    "Rule",
    "Session",
    "SessionApp",
]
