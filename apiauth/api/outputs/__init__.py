"""What the API answers, one schema a thing; the same in every surface that shows it."""

from apiauth.api.outputs.apps import App, AppList, MaybeText, Nothing, Rule
from apiauth.api.outputs.keys import Key, KeyWithSecret
from apiauth.api.outputs.refusals import Error, Problem
from apiauth.api.outputs.schemes import Scheme, SchemeList

__all__ = [
    "App",
    "AppList",
    "Error",
    "Key",
    "KeyWithSecret",
    "MaybeText",
    "Nothing",
    "Problem",
    "Rule",
    "Scheme",
    "SchemeList",
]
