"""What the API answers, one schema a thing; the same in every surface that shows it."""

from apiauth.api.outputs.apps import App, AppList, MaybeText, Nothing, Rule
from apiauth.api.outputs.keys import Key, KeyWithSecret
from apiauth.api.outputs.live_sessions import Ended, LiveSession, SessionList
from apiauth.api.outputs.refusals import Error, Problem
from apiauth.api.outputs.schemes import Scheme, SchemeList
from apiauth.api.outputs.sessions import (
    Data,
    Deployment,
    Done,
    ExchangedSession,
    KeyList,
    Session,
    SessionApp,
)
from apiauth.api.outputs.tenants import (
    Member,
    MemberList,
    OrganizationList,
    Removed,
    Tenant,
    UserList,
)

__all__ = [
    "App",
    "AppList",
    "Data",
    "Deployment",
    "Done",
    "Ended",
    "Error",
    "ExchangedSession",
    "Key",
    "KeyList",
    "KeyWithSecret",
    "LiveSession",
    "MaybeText",
    "Member",
    "MemberList",
    "Nothing",
    "OrganizationList",
    "Problem",
    "Removed",
    "Rule",
    "Scheme",
    "SchemeList",
    "Session",
    "SessionApp",
    "SessionList",
    "Tenant",
    "UserList",
]
