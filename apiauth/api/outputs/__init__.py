"""What the API answers, one schema a thing; the same in every surface that shows it."""

from apiauth.api.outputs.apps import App, AppList, MaybeText, Nothing, Rule
from apiauth.api.outputs.audit import Log, LogRow, SessionLog, SessionLogRow
from apiauth.api.outputs.history import Event, Events
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
from apiauth.api.outputs.usage import Analytics, Timeseries

__all__ = [
    "Analytics",
    "App",
    "AppList",
    "Data",
    "Deployment",
    "Done",
    "Ended",
    "Error",
    "Event",
    "Events",
    "ExchangedSession",
    "Key",
    "KeyList",
    "KeyWithSecret",
    "LiveSession",
    "Log",
    "LogRow",
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
    "SessionLog",
    "SessionLogRow",
    "Tenant",
    "Timeseries",
    "UserList",
]
