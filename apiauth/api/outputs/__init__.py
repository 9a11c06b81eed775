"""What the API answers, one schema a thing; the same in every surface that shows it."""

from apiauth.api.outputs.apps import App, MaybeText, Rule
from apiauth.api.outputs.keys import Key, KeyWithSecret
from apiauth.api.outputs.refusals import Error, Problem

__all__ = [
    "App",
    "Error",
    "Key",
    "KeyWithSecret",
    "MaybeText",
    "Problem",
    "Rule",
]
