"""The names of operations, for those who make clients from the document.

Part of the wire form: a name that is here stays. Places are written without the names
of what stands in them, which are nobody's but the code's.
"""

import re

_IN_PLACE = re.compile(r"{[^}]*}")
_OF_DEPLOYMENT = "/d/{}"

NAMES = {
    # Tickets
    "POST /session/tickets": "issueTicket",
    # Apps and their limits
    "GET /api-auth/apps": "listApps",
    "POST /api-auth/apps": "createApp",
    "GET /api-auth/apps/{}": "getApp",
    "PATCH /api-auth/apps/{}": "updateApp",
    "DELETE /api-auth/apps/{}": "deleteApp",
    "GET /api-auth/rate-limit-schemes": "listRateLimitSchemes",
    "POST /api-auth/rate-limit-schemes": "createRateLimitScheme",
    "GET /api-auth/rate-limit-schemes/{}": "getRateLimitScheme",
    "PATCH /api-auth/rate-limit-schemes/{}": "updateRateLimitScheme",
    "DELETE /api-auth/rate-limit-schemes/{}": "deleteRateLimitScheme",
    # Keys, for backends
    "GET /api-auth/apps/{}/keys": "listKeys",
    "POST /api-auth/apps/{}/keys": "createKey",
    "GET /api-auth/apps/{}/keys/{}": "getKey",
    "PATCH /api-auth/apps/{}/keys/{}": "updateKey",
    "POST /api-auth/apps/{}/keys/{}/rotate": "rotateKey",
    "POST /api-auth/apps/{}/keys/{}/revoke": "revokeKey",
    "POST /api-auth/keys/rotate": "rotateKeyById",
    "POST /api-auth/keys/revoke": "revokeKeyById",
    # What keys were used for, and what was done
    "GET /api-auth/apps/{}/audit/logs": "listDecisions",
    "GET /api-auth/apps/{}/audit/analytics": "getAnalytics",
    "GET /api-auth/apps/{}/audit/timeseries": "getTimeseries",
    "GET /api-auth/apps/{}/audit/events": "listEventsOfApp",
    "GET /api-auth/audit/events": "listEvents",
    # The host's customers
    "GET /api-auth/organizations": "listOrganizations",
    "GET /api-auth/organizations/{}": "getOrganization",
    "PUT /api-auth/organizations/{}": "putOrganization",
    "POST /api-auth/organizations/{}/suspend": "suspendOrganization",
    "POST /api-auth/organizations/{}/resume": "resumeOrganization",
    "DELETE /api-auth/organizations/{}": "deleteOrganization",
    "GET /api-auth/organizations/{}/members": "listMembers",
    "PUT /api-auth/organizations/{}/members/{}": "putMember",
    "DELETE /api-auth/organizations/{}/members/{}": "removeMember",
    "GET /api-auth/users": "listUsers",
    "GET /api-auth/users/{}": "getUser",
    "PUT /api-auth/users/{}": "putUser",
    "POST /api-auth/users/{}/suspend": "suspendUser",
    "POST /api-auth/users/{}/resume": "resumeUser",
    "DELETE /api-auth/users/{}": "deleteUser",
    # Open desks, for backends
    "GET /api-auth/apps/{}/sessions": "listSessions",
    "POST /api-auth/apps/{}/sessions/end": "endSessions",
    "POST /api-auth/sessions/{}/end": "endSession",
    # A customer's own session
    "GET /deployment": "getDeployment",
    "GET /d/{}/deployment": "getDeploymentById",
    "GET /session/ticket/exchange": "exchangeTicket",
    "POST /session/ticket/exchange": "exchangeTicketByPost",
    "GET /api-auth/session": "getOwnSession",
    "DELETE /api-auth/session": "endOwnSession",
    "POST /api-auth/session/end": "endOwnSessionByPost",
    "GET /api-auth/keys": "listOwnKeys",
    "POST /api-auth/keys": "createOwnKey",
    "GET /api-auth/keys/{}": "getOwnKey",
    "PATCH /api-auth/keys/{}": "updateOwnKey",
    "POST /api-auth/keys/{}/rotate": "rotateOwnKey",
    "POST /api-auth/keys/{}/revoke": "revokeOwnKey",
    "GET /api-auth/audit/logs": "listOwnDecisions",
    "GET /api-auth/audit/analytics": "getOwnAnalytics",
    "GET /api-auth/audit/timeseries": "getOwnTimeseries",
    # The gateway and the probes
    "POST /v1/authz/check": "checkKey",
    "POST /v1/authz/check-batch": "checkKeys",
    "GET /gateway/envoy/{}": "askAsEnvoy",
    "GET /gateway/forward-auth": "askByForwardAuth",
    "GET /gateway/nginx": "askAsNginx",
    "GET /health": "checkHealth",
    "GET /livez": "checkLife",
    "GET /readyz": "checkReadiness",
}


def name_of(method: str, path: str) -> str:
    """Name an operation; one that nobody named goes by its address.

    The same operation at the place of one deployment is another one for clients.
    """
    place = _IN_PLACE.sub("{}", path)
    known = NAMES.get(f"{method.upper()} {place}")
    if known is None and place.startswith(f"{_OF_DEPLOYMENT}/"):
        return f"{name_of(method, place.removeprefix(_OF_DEPLOYMENT))}OfDeployment"
    words = re.findall(r"\w+", place)
    return known or method.lower() + "".join(word.capitalize() for word in words)
