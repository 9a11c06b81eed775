"""Sessions in iframes: opened by a ticket, resolved on every request, ended.

Three things prove a session, none of them alone a cookie: the locator in the
address says which, the token in the document's memory says that this page may
act, the binder cookie says that it is the same browser (architecture section 4).

A host's own front end has no page of ours around it. Its session is proved by the
token alone, which travels in one of three ways (`Transport`); in the cookie it is its
own binder.
"""

from apiauth.sessions.course import (
    end,
    named_by,
    renew,
    replace_token,
    resolve,
    resume,
)
from apiauth.sessions.opening import exchange, open_from
from apiauth.sessions.rows import admits
from apiauth.sessions.values import (
    DEVELOPMENT_TOKEN_LIFE,
    TOKEN_GRACE,
    Exchanged,
    Opened,
    Transport,
)

__all__ = [
    "DEVELOPMENT_TOKEN_LIFE",
    "TOKEN_GRACE",
    "Exchanged",
    "Opened",
    "Transport",
    "admits",
    "end",
    "exchange",
    "named_by",
    "open_from",
    "renew",
    "replace_token",
    "resolve",
    "resume",
]
