"""Provisioning apps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from django.db import IntegrityError, transaction

from apiauth import audit, permissions, text
from apiauth.actors import Actor
from apiauth.applications import cleaning, rows
from apiauth.applications.values import DEFAULT_PREFIX, Settings
from apiauth.errors import Invalid, NameTaken
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
    granted: Sequence[str] = (),
    **settings: Unpack[Settings],
) -> ApiAuthApp:
    """Create an app. `granted` is its ceiling of permissions; empty means none set.

    Raises `Invalid` naming the field, a scheme that does not exist included, and
    `NameTaken` when the slug is in use.
    """
    columns = cleaning.changes(settings)
    scheme_slug = str(columns.pop("rate_limit_scheme_slug", ""))
    app = ApiAuthApp(
        deployment=deployment,
        app_slug=text.slug(app_slug, field="app_slug"),
        name=cleaning.name(name),
        key_prefix=cleaning.prefix(key_prefix),
        permissions=permissions.grants(list(granted)),
        rate_limit_scheme=rows.scheme(deployment.pk, scheme_slug),
        created_at=now,
        updated_at=now,
        **columns,
    )
    _store(app)
    after = rows.names(app)
    rows.record(audit.Action.APP_PROVISIONED, app, actor=actor, now=now, after=after)
    return app


def _store(app: ApiAuthApp) -> None:
    """Save a new app; the constraint decides whether its slug is free."""
    try:
        with transaction.atomic():
            app.save(force_insert=True)
    except IntegrityError as error:
        present = ApiAuthApp.objects.of(app.deployment).present()
        if not present.filter(app_slug=app.app_slug).exists():
            raise Invalid("This app cannot be stored.") from error
        raise NameTaken(
            "An app with this slug exists already.", field="app_slug"
        ) from None
