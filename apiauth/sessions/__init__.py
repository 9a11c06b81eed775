"""Sessions in iframes: opened by a ticket, resolved on every request, ended.

Three things prove a session, none of them alone a cookie: the locator in the
address says which, the token in the document's memory says that this page may
act, the binder cookie says that it is the same browser (architecture section 4).
"""

from apiauth.sessions.course import end, renew, resolve, resume
from apiauth.sessions.opening import open_from
from apiauth.sessions.values import TOKEN_GRACE, UNBOUND_IDLE, Opened

__all__ = [
    "TOKEN_GRACE",
    "UNBOUND_IDLE",
    "Opened",
    "end",
    "open_from",
    "renew",
    "resolve",
    "resume",
]
