"""What is stored. One file an aggregate; the truth is in the constraints."""

from apiauth.models.applications import ApiAuthApp, Capability
from apiauth.models.audit import AuditChain, AuditEvent
from apiauth.models.counters import RateCount
from apiauth.models.decisions import Decision
from apiauth.models.deployments import BackendKey, Deployment, Scope
from apiauth.models.idempotency import IdempotencyRecord
from apiauth.models.keys import Key, KeySecret, OwnerKind
from apiauth.models.schemes import RateLimitScheme
from apiauth.models.sessions import PortalSession, SessionToken
from apiauth.models.tenants import (
    EndUser,
    Membership,
    Organization,
    TenantStatus,
    shut_owner,
)
from apiauth.models.tickets import Ticket
from apiauth.models.usage import KeyDay, Span, UsageBucket, UsageMark
from apiauth.models.uses import KeyUse

__all__ = [
    "ApiAuthApp",
    "AuditChain",
    "AuditEvent",
    "BackendKey",
    "Capability",
    "Decision",
    "Deployment",
    "EndUser",
    "IdempotencyRecord",
    "Key",
    "KeyDay",
    "KeySecret",
    "KeyUse",
    "Membership",
    "Organization",
    "OwnerKind",
    "PortalSession",
    "RateCount",
    "RateLimitScheme",
    "Scope",
    "SessionToken",
    "Span",
    "TenantStatus",
    "Ticket",
    "UsageBucket",
    "UsageMark",
    "shut_owner",
]
