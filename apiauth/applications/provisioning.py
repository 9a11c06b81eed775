"""Provisioning apps."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from apiauth import audit, permissions, policies, text
from apiauth import resources as paths
from apiauth.actors import Actor
from apiauth.applications import cleaning, rows
from apiauth.applications.values import DEFAULT_PREFIX
from apiauth.errors import NameTaken
from apiauth.models import ApiAuthApp, Deployment


@transaction.atomic(durable=True)
def provision(
    *,
    deployment: Deployment,
    app_slug: str,
    name: str,
    actor: Actor,
    now: datetime,
    key_prefix: str = DEFAULT_PREFIX,
    description: str = "",
    user_id: str | None = None,
    organization_id: str | None = None,
    workspace_id: str | None = None,
    granted: Sequence[str] = (),
    permission_details: dict[str, object] | None = None,
    resources: Sequence[str] = (),
    rate_limit_scheme_slug: str = "",
    capabilities: Sequence[str] | None = None,
    embed_origins: Sequence[str] | None = None,
    policy: dict[str, object] | None = None,
) -> ApiAuthApp:
    """Create an app. `granted` is its ceiling of permissions; empty means none set.

    Raises `Invalid` naming the field, a scheme that does not exist included, and
    `NameTaken` when the slug is in use.
    """
    app = ApiAuthApp(
        deployment=deployment,
        app_slug=text.slug(app_slug, field="app_slug"),
        name=cleaning.name(name),
        description=cleaning.description(description),
        key_prefix=cleaning.prefix(key_prefix),
        user_id=cleaning.external(user_id, "user_id"),
        organization_id=cleaning.external(organization_id, "organization_id"),
        workspace_id=cleaning.external(workspace_id, "workspace_id"),
        permissions=permissions.grants(list(granted)),
        permission_details=cleaning.details(permission_details or {}),
        resources=paths.clean(list(resources)),
        rate_limit_scheme=rows.scheme(deployment.pk, rate_limit_scheme_slug),
        capabilities=cleaning.capabilities(capabilities),
        embed_origins=cleaning.own_origins(embed_origins),
        policy=policies.written(policy or {}),
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            app.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(
            "An app with this slug exists already.", field="app_slug"
        ) from None
    after = rows.names(app)
    rows.record(audit.Action.APP_PROVISIONED, app, actor=actor, now=now, after=after)
    return app
