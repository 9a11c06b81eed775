"""The verdicts that there are, each with what it says to people."""

import enum


class Code(enum.StrEnum):
    """Every verdict there is; a closed set, part of the wire form."""

    APP_INACTIVE = "app_inactive"
    DISABLED = "disabled"
    EXPIRED = "expired"
    MALFORMED = "malformed"
    NETWORK_FORBIDDEN = "network_forbidden"
    PERMISSION_DENIED = "permission_denied"
    POLICY_VIOLATION = "policy_violation"
    RATE_LIMITED = "rate_limited"
    RESOURCE_FORBIDDEN = "resource_forbidden"
    REVOKED = "revoked"
    ROTATED = "rotated"
    SUSPENDED = "suspended"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    VALID = "valid"


# What each refusal means.
SENTENCES = {
    Code.APP_INACTIVE: "The app of this API key is switched off.",
    Code.DISABLED: "This API key is paused.",
    Code.EXPIRED: "This API key has expired.",
    Code.MALFORMED: "This is not an API key.",
    Code.NETWORK_FORBIDDEN: "This API key may not be used from this address.",
    Code.PERMISSION_DENIED: "This API key lacks a permission that this request needs.",
    Code.POLICY_VIOLATION: "This API key no longer follows its app's policy.",
    Code.RATE_LIMITED: "This API key has made too many requests.",
    Code.RESOURCE_FORBIDDEN: "This API key may not be used for this resource.",
    Code.REVOKED: "This API key was revoked.",
    Code.ROTATED: "This secret was replaced by a newer one.",
    Code.SUSPENDED: "The owner of this API key is suspended.",
    Code.UNAVAILABLE: "No verdict can be given right now. Try again soon.",
    Code.UNKNOWN: "There is no such API key.",
}
