"""One statement: everything the store knows of a secret, with the moment it was."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from apiauth import credentials
from apiauth.credentials import Purpose
from apiauth.gateway.facts import Facts
from apiauth.gateway.questions import Asker, Question
from apiauth.models import BackendKey, KeySecret, shut_owner
from apiauth.models.keys import role_columns

# Member of `Facts` → where it is found, seen from the secret.
_COLUMNS = {
    "app_deleted_at": "key__app__deleted_at",
    "app_id": "key__app_id",
    "app_is_active": "key__app__is_active",
    "app_slug": "key__app__app_slug",
    "ceiling": "key__app__permissions",
    "disabled_at": "key__disabled_at",
    "environment": "key__deployment__mode",
    "expires_at": "key__expires_at",
    "granted": "key__permissions",
    "metadata": "key__metadata",
    "name": "key__name",
    "organization_id": "key__organization_id",
    "owner_id": "key__owner_id",
    "owner_kind": "key__owner_kind",
    "policy": "key__app__policy",
    "resources": "key__app__resources",
    "revoked_at": "key__revoked_at",
    "rules": "key__app__rate_limit_scheme__rules",
    "secret_ends_at": "ends_at",
    "secret_id": "id",
    "user_id": "key__user_id",
    "workspace_id": "key__workspace_id",
}


def find(question: Question) -> Facts | None:
    """Look a secret up; None when it does not exist for the asker.

    No cache stands before it: what was committed before this statement began is
    seen by it (immediate revocation, architecture section 5).
    """
    digests = credentials.digests(Purpose.KEY, question.secret)
    known = KeySecret.objects.filter(_reachable(question.asker), digest__in=digests)
    row = known.values(
        "deployment_id",
        "key_id",
        "last_eight",
        "prefix",
        at=Now(),
        # The secret has a moment of that name, too.
        key_created_at=F("key__created_at"),
        owner_is_shut=shut_owner("key__"),
        **role_columns("key__"),
        **{member: F(column) for member, column in _COLUMNS.items()},
    ).first()
    if row is None:
        return None
    # Any: the columns have as many types as `Facts` has members.
    columns: dict[str, Any] = dict(row)
    return Facts(created_at=columns.pop("key_created_at"), **columns)


def _reachable(asker: Asker | None) -> Q:
    if asker is None:
        return Q()
    restriction = BackendKey.apps.through.objects.filter(
        backendkey_id=asker.backend_key_id
    )
    is_listed = Exists(restriction.filter(apiauthapp_id=OuterRef("key__app_id")))
    return Q(~Exists(restriction) | is_listed, deployment_id=asker.deployment_id)
