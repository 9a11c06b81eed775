"""Steps that several verbs share, inside the caller's transaction."""

import uuid
from datetime import datetime

from apiauth import audit, text
from apiauth.actors import Actor
from apiauth.errors import Invalid, NotFound
from apiauth.models import ApiAuthApp, RateLimitScheme


def locked(app: ApiAuthApp) -> ApiAuthApp:
    """Lock a present app and read it anew. Raises `NotFound`."""
    rows = ApiAuthApp.objects.select_for_update(no_key=True).present()
    found = rows.filter(pk=app.pk).first()
    if found is None:
        raise absent()
    return found


def scheme(deployment_id: uuid.UUID, slug: str) -> RateLimitScheme | None:
    """Find the scheme that an app shall have, by its slug; an empty one is none.

    Its row is held until the transaction ends, so that nobody deletes it meanwhile.
    Raises `Invalid` when there is no such scheme in the deployment.
    """
    if not slug:
        return None
    slug = text.slug(slug, field="rate_limit_scheme_slug")
    held = RateLimitScheme.objects.select_for_update(no_key=True)
    found = held.filter(deployment_id=deployment_id, slug=slug).first()
    if found is None:
        raise Invalid(
            "There is no such rate-limit scheme. Create it first.",
            field="rate_limit_scheme_slug",
        )
    return found


def absent() -> NotFound:
    """The one refusal for absent, deleted, foreign and unreachable apps."""
    return NotFound("There is no such app.", field="app_slug")


def record(
    action: audit.Action,
    app: ApiAuthApp,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    before: audit.Facts | None = None,
    after: audit.Facts | None = None,
) -> None:
    """Append an event about an app."""
    audit.record(
        action,
        about=audit.Subject(deployment_id=app.deployment_id, app_id=app.id),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after=after,
    )


def names(app: ApiAuthApp) -> audit.Facts:
    """What an event tells of an app whose settings it is not about."""
    return {"app_slug": app.app_slug, "name": app.name}
