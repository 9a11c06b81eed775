"""Rate-limit schemes: created, found, updated, deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from apiauth import audit, ratelimits, text
from apiauth.actors import Actor
from apiauth.errors import NameTaken, NotFound, SchemeInUse
from apiauth.models import ApiAuthApp, Deployment, RateLimitScheme

_NAMED_APPS = 5


class Changes(TypedDict, total=False):
    """What may be changed of a scheme; what is left out stays as it is."""

    name: str
    description: str
    rules: Sequence[object]


@transaction.atomic(durable=True)
def create(
    *,
    deployment: Deployment,
    slug: str,
    name: str,
    rules: Sequence[object],
    description: str = "",
    actor: Actor,
    now: datetime,
) -> RateLimitScheme:
    """Create a scheme that every app of the deployment may name.

    Raises `Invalid` naming the field, of rules as `ratelimits.read` does, and
    `NameTaken` when the slug is in use.
    """
    scheme = RateLimitScheme(
        deployment=deployment,
        slug=text.slug(slug, field="slug"),
        name=_name(name),
        description=_description(description),
        rules=_rules(rules),
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            scheme.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(
            "A rate-limit scheme with this slug exists already.", field="slug"
        ) from None
    after: audit.Facts = {"name": scheme.name, "rules": scheme.rules}
    _record(audit.Action.SCHEME_CREATED, scheme, actor=actor, now=now, after=after)
    return scheme


def find(deployment: Deployment, slug: str) -> RateLimitScheme:
    """Find a scheme by its slug. Raises `NotFound` for absent and foreign ones alike."""
    if not text.is_clean(slug, max_length=text.SLUG):
        raise _absent()
    scheme = RateLimitScheme.objects.of(deployment).filter(slug=slug).first()
    if scheme is None:
        raise _absent()
    return scheme


@transaction.atomic(durable=True)
def update(
    *,
    scheme: RateLimitScheme,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **changes: Unpack[Changes],
) -> RateLimitScheme:
    """Change a scheme; every app that names it follows. Its slug is for ever.

    Nothing is written when nothing is different. Raises `Invalid` naming the field
    and `NotFound`.
    """
    found = (
        RateLimitScheme.objects.select_for_update(no_key=True)
        .filter(pk=scheme.pk)
        .first()
    )
    if found is None:
        raise _absent()
    wanted = _cleaned(changes)
    after = {n: value for n, value in wanted.items() if getattr(found, n) != value}
    before: audit.Facts = {name: getattr(found, name) for name in after}
    if not after:
        return found
    for name, value in after.items():
        setattr(found, name, value)
    found.updated_at = now
    found.save(update_fields=[*after, "updated_at"])
    _record(
        audit.Action.SCHEME_UPDATED,
        found,
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after=after,
    )
    return found


@transaction.atomic(durable=True)
def delete(
    *, scheme: RateLimitScheme, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Delete a scheme that no app uses; deleted apps let go of it.

    Who gives it to an app at this moment holds its row until that is committed, so
    that either this sees the app or the other one finds no scheme. Raises
    `SchemeInUse` and `NotFound`.
    """
    found = (
        RateLimitScheme.objects.select_for_update(no_key=True)
        .filter(pk=scheme.pk)
        .first()
    )
    if found is None:
        raise _absent()
    apps = ApiAuthApp.objects.filter(rate_limit_scheme=found)
    users = apps.present().order_by("app_slug").values_list("app_slug", flat=True)
    if named := list(users[:_NAMED_APPS]):
        raise SchemeInUse(named)
    # From here on only deleted apps can point at it, which nobody brings back.
    apps.update(rate_limit_scheme=None)
    found.delete()
    before: audit.Facts = {"name": found.name, "rules": found.rules}
    _record(
        audit.Action.SCHEME_DELETED,
        found,
        actor=actor,
        now=now,
        reason=reason,
        before=before,
    )


def _cleaned(changes: Changes) -> audit.Facts:
    cleaned: audit.Facts = {}
    if "name" in changes:
        cleaned["name"] = _name(changes["name"])
    if "description" in changes:
        cleaned["description"] = _description(changes["description"])
    if "rules" in changes:
        cleaned["rules"] = _rules(changes["rules"])
    return cleaned


def _name(value: str) -> str:
    return text.clean(value, field="name", max_length=text.NAME)


def _description(value: str) -> str:
    return text.clean(
        value, field="description", max_length=text.DESCRIPTION, required=False
    )


def _rules(values: Sequence[object]) -> list[dict[str, object]]:
    return [rule.written() for rule in ratelimits.read(values)]


def _absent() -> NotFound:
    return NotFound("There is no such rate-limit scheme.", field="slug")


def _record(
    action: audit.Action,
    scheme: RateLimitScheme,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    before: audit.Facts | None = None,
    after: audit.Facts | None = None,
) -> None:
    audit.record(
        action,
        about=audit.Subject(deployment_id=scheme.deployment_id),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after={"slug": scheme.slug, **(after or {})},
    )
