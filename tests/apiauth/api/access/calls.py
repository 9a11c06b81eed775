"""One row for every operation: what lets a caller in, and a request that then works.

Written by hand and not read from the code, so that a guard which was forgotten or
changed is noticed. An operation is also under its deployment by the same row.
"""

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from tests import make
from tests.apiauth.api.described import OPERATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`scope` of a backend key or `capability` of a session; neither: open to all."""

    scope: str = ""
    capability: str | None = None
    # Not for backend keys that are bound to some apps.
    whole: bool = False
    body: dict[str, object] | None = None
    # What a body or a query names beside the address; see `world`.
    body_names: tuple[str, ...] = ()
    query_names: tuple[str, ...] = ()
    # More of the query: a list must show all that it can.
    query: str = ""
    # What is in the answer to somebody who may see it.
    shows: str = ""
    # Named in the address, and made where it is not there.
    makes: tuple[str, ...] = ()


def host(scope, body=None, **more):
    return Row(scope=scope, body=body, **more)


def front(capability, body=None, **more):
    return Row(capability=capability, body=body, **more)


_ALL = "include_inactive=true"
_SECTIONS = "include_top_keys=1&include_top_paths=1&include_blocked_reasons=1"
_LOG = {"query_names": ("key_id",), "query": "limit=1000", "shows": "/aa-path"}
_SUMS = {"query_names": ("key_id",), "query": _SECTIONS, "shows": "/aa-path"}
_TIMES = {"query_names": ("key_id",), "shows": '"success_rate": 100.0'}
_PEOPLE = ("organization_id", "user_id")
_APPS, _KEYS, _AUDIT = "apps:manage", "keys:manage", "audit:read"
_NEW_SCHEME = {"slug": "new", "name": "New", "rules": [make.RULE]}
_QUESTION = {"method": "GET", "resource": "/reports"}
_TICKET = {"ticket_type": "api_auth_access"}
_RENAMED = {"name": "New"}

ROWS = {
    "listApps": host(_APPS, query=_ALL, shows="aa_1"),
    "createApp": host(_APPS, {"app_slug": "new", **_RENAMED}, whole=True),
    "getApp": host(_APPS, shows="aa_1"),
    "updateApp": host(_APPS, _RENAMED),
    "deleteApp": host(_APPS),
    "listRateLimitSchemes": host(_APPS, shows="aa-scheme"),
    "createRateLimitScheme": host(_APPS, _NEW_SCHEME, whole=True),
    "getRateLimitScheme": host(_APPS, shows="aa-scheme"),
    "updateRateLimitScheme": host(_APPS, _RENAMED, whole=True),
    "deleteRateLimitScheme": host(_APPS, whole=True),
    "listKeys": host(_KEYS, query="status=all", query_names=_PEOPLE, shows="aa-key"),
    "createKey": host(_KEYS, _RENAMED),
    "getKey": host(_KEYS, shows="aa-key"),
    "updateKey": host(_KEYS, _RENAMED),
    "rotateKey": host(_KEYS, {}),
    "revokeKey": host(_KEYS, {}),
    "rotateKeyById": host(_KEYS, {}, body_names=("key_id",)),
    "revokeKeyById": host(_KEYS, {}, body_names=("key_id",)),
    "listSessions": host(_KEYS, query="status=all", query_names=_PEOPLE, shows="ada"),
    "endSessions": host(_KEYS, {"all": True}),
    "endSession": host(_KEYS, {}),
    "listDecisions": host(_AUDIT, **_LOG),
    "getAnalytics": host(_AUDIT, **_SUMS),
    "getTimeseries": host(_AUDIT, **_TIMES),
    "listEventsOfApp": host(
        _AUDIT, query_names=("key_id", *_PEOPLE), query="limit=1000", shows="aa-key"
    ),
    "listEvents": host(
        _AUDIT,
        query_names=("key_id", *_PEOPLE),
        query="limit=1000",
        shows="aa-key",
        whole=True,
    ),
    "listOrganizations": host(_APPS, whole=True, shows="acme-ltd"),
    "getOrganization": host(_APPS, whole=True, shows="acme-ltd"),
    "putOrganization": host(_APPS, _RENAMED, whole=True, makes=("organization_id",)),
    "suspendOrganization": host(_APPS, {}, whole=True),
    "resumeOrganization": host(_APPS, {}, whole=True),
    "deleteOrganization": host(_APPS, whole=True),
    "listMembers": host(_APPS, whole=True, shows="ada"),
    "putMember": host(_APPS, {}, whole=True, makes=_PEOPLE),
    "removeMember": host(_APPS, whole=True),
    "listUsers": host(_APPS, whole=True, shows="ada"),
    "getUser": host(_APPS, whole=True, shows="ada"),
    "putUser": host(_APPS, _RENAMED, whole=True, makes=("user_id",)),
    "suspendUser": host(_APPS, {}, whole=True),
    "resumeUser": host(_APPS, {}, whole=True),
    "deleteUser": host(_APPS, whole=True),
    "issueTicket": host("tickets:issue", _TICKET, body_names=("api_auth_app_slug",)),
    "checkKey": host("keys:verify", _QUESTION, body_names=("principal",)),
    "checkKeys": host("keys:verify", {}, body_names=("checks",)),
    "getOwnSession": front("", shows="aa_1"),
    "endOwnSession": front(""),
    "endOwnSessionByPost": front(""),
    "listOwnKeys": front("keys:read", query="status=all", shows="aa-key"),
    "createOwnKey": front("keys:create", _RENAMED),
    "rotateOwnKey": front("keys:rotate", {}),
    "revokeOwnKey": front("keys:revoke", {}),
    "listOwnDecisions": front("logs:read", **_LOG),
    "getOwnAnalytics": front("usage:read", **_SUMS),
    "getOwnTimeseries": front("usage:read", **_TIMES),
    "exchangeTicket": Row(query_names=("ticket",)),
    "exchangeTicketByPost": Row(body={}, body_names=("ticket",)),
    "getDeployment": Row(),
    "getDeploymentById": Row(),
    "checkHealth": Row(),
    "checkLife": Row(),
    "checkReadiness": Row(),
}
# Proxies show who they are in their own way, see tests/apiauth/api/gateway.
OF_PROXIES = {"askAsEnvoy", "askAsNginx", "askByForwardAuth"}
EVERY = sorted(set(OPERATIONS) - OF_PROXIES)


def base(name):
    """The name of an operation, wherever it is."""
    return name.removesuffix("OfDeployment")


def row_of(name):
    return ROWS[base(name)]


HOSTS = [name for name in EVERY if row_of(name).scope]
FRONTS = [name for name in EVERY if row_of(name).capability is not None]
OPEN = [name for name in EVERY if name not in {*HOSTS, *FRONTS}]
EXCHANGES = [name for name in OPEN if name.startswith("exchange")]
READS = [name for name in EVERY if row_of(name).shows]


def place_of(name):
    """Where an operation is; organizations and people by different names."""
    path = OPERATIONS[name][1]
    kind = "user_id" if "/users/" in path else "organization_id"
    return path.replace("{external_id}", f"{{{kind}}}")


def names_in(name):
    """What a request for this operation names, wherever it does."""
    row, place = row_of(name), place_of(name)
    in_path = [part[1:-1] for part in place.split("/") if part.startswith("{")]
    return [*in_path, *row.body_names, *row.query_names]


def ask(client, name, caller, things, *, filters=()):
    """Send the request that works, about these things, as this caller.

    `filters` are those of the query's names that are asked for; a ticket always is.
    """
    row, place = row_of(name), place_of(name)
    quoted = {one: quote(str(thing), safe="") for one, thing in things.items()}
    asked = [one for one in row.query_names if one == "ticket" or one in filters]
    query = [row.query, urlencode({one: things[one] for one in asked})]
    path = "?".join([place.format(**quoted), "&".join(filter(None, query))])
    sent = {}
    if row.body is not None:
        body = {**row.body, **{one: things[one] for one in row.body_names}}
        sent = {"data": json.dumps(body), "content_type": "application/json"}
    method = OPERATIONS[name][0].upper()
    return client.generic(method, caller.at(path), headers=caller.headers, **sent)
