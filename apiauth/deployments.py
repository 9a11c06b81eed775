"""Deployments: provisioning, and the keys that front ends carry."""

import base64
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction

from apiauth import audit, editions, links, origins, text
from apiauth.actors import Actor
from apiauth.errors import Invalid, NameTaken, NotFound
from apiauth.models import ApiAuthApp, Deployment

_COLUMNS = (
    "name",
    "branding",
    "embed_origins",
    "support_url",
    "docs_url",
    "return_url",
    "api_base_url",
)


class Changes(TypedDict, total=False):
    """What may be changed of a deployment; what is left out stays as it is."""

    name: str
    product_name: str
    embed_origins: Sequence[str]
    support_url: str
    docs_url: str
    return_url: str
    api_base_url: str


@transaction.atomic(durable=True)
def provision(
    *,
    slug: str,
    name: str,
    mode: str = Deployment.Mode.PRODUCTION,
    actor: Actor,
    now: datetime,
    product_name: str = "",
    embed_origins: list[str] | tuple[str, ...] = (),
    support_url: str = "",
    docs_url: str = "",
    return_url: str = "",
    api_base_url: str = "",
) -> Deployment:
    """Create one environment of a host product.

    Raises `Invalid` for values that cannot be used and `NameTaken` when the slug
    is in use.
    """
    if mode not in Deployment.Mode.values:
        raise Invalid("Mode is production or staging.", field="mode")
    deployment = Deployment(
        slug=text.slug(slug, field="slug"),
        name=_name(name),
        mode=mode,
        branding={"product_name": _product_name(product_name)},
        embed_origins=origins.parse_list(list(embed_origins)),
        support_url=links.parse(support_url, field="support_url"),
        docs_url=links.parse(docs_url, field="docs_url"),
        return_url=links.parse(return_url, field="return_url"),
        api_base_url=links.parse(api_base_url, field="api_base_url"),
        created_at=now,
    )
    _store_new(deployment, actor=actor, now=now)
    return deployment


@transaction.atomic(durable=True)
def update(
    *,
    deployment: Deployment,
    actor: Actor,
    now: datetime,
    reason: str = "",
    seen: str | None = None,
    **changes: Unpack[Changes],
) -> Deployment:
    """Change a deployment's settings; its slug and mode are for ever.

    Nothing is written when nothing is different. `seen` is the edition that the
    caller was shown, if it sends back all it saw. Raises `Invalid` naming the field,
    `NotFound`, and `ChangedMeanwhile` when the settings are no longer those.
    """
    held = Deployment.objects.select_for_update(no_key=True)
    found = held.filter(pk=deployment.pk).first()
    if found is None:
        raise NotFound
    editions.hold(_settings(found), seen)
    wanted = _cleaned(found, changes)
    after = {n: value for n, value in wanted.items() if getattr(found, n) != value}
    before: audit.Facts = {name: getattr(found, name) for name in after}
    if not after:
        return found
    for name, value in after.items():
        setattr(found, name, value)
    found.save(update_fields=list(after))
    audit.record(
        audit.Action.DEPLOYMENT_UPDATED,
        about=audit.Subject(deployment_id=found.id),
        actor=actor,
        now=now,
        reason=reason,
        before=before,
        after=after,
    )
    return found


def edition(deployment: Deployment) -> str:
    """Name what a deployment's settings are."""
    return editions.of(_settings(deployment))


def addressed(deployment_id: uuid.UUID | None) -> Deployment:
    """Find the deployment that a front end calls: by its address, or the only one.

    Raises `NotFound`, or `Invalid` without an id where there is more than one.
    """
    deployments = Deployment.objects.order_by("pk")
    if deployment_id is not None:
        deployments = deployments.filter(pk=deployment_id)
    found = list(deployments[:2])
    if not found:
        raise NotFound
    if len(found) > 1:
        raise Invalid(
            "This server has several deployments. Call yours by the address that its "
            f"publishable key holds: {settings.KEYPLATE_PUBLIC_URL}/d/<deployment id>."
        )
    return found[0]


def front_end_origins(deployment_id: uuid.UUID | None) -> list[str]:
    """List where pages of a deployment's apps may live, before it is known which app.

    Without an id it is the only deployment; none when there are several.
    """
    try:
        deployment = addressed(deployment_id)
    except (Invalid, NotFound):
        return []
    apps = ApiAuthApp.objects.of(deployment).present()
    own = apps.filter(embed_origins__isnull=False).values_list(
        "embed_origins", flat=True
    )
    return [
        *deployment.embed_origins,
        *(origin for some in own for origin in some or ()),
    ]


def public_url(deployment: Deployment) -> str:
    """The address under which one deployment's front ends reach us."""
    return f"{settings.KEYPLATE_PUBLIC_URL}/d/{deployment.id}"


def publishable_key(deployment: Deployment) -> str:
    """The key that front ends carry: the mode and our address, not a secret.

    Read by clients as `pk`, mode and standard base64 of the address
    (wacht-contract section 9).
    """
    kind = "test" if deployment.mode == Deployment.Mode.STAGING else "live"
    address = base64.b64encode(public_url(deployment).encode()).decode()
    return f"pk_{kind}_{address}"


def _settings(deployment: Deployment) -> dict[str, object]:
    return {name: getattr(deployment, name) for name in _COLUMNS}


def _cleaned(deployment: Deployment, changes: Changes) -> audit.Facts:
    cleaned: audit.Facts = {
        name: links.parse(changes[name], field=name)
        for name in ("support_url", "docs_url", "return_url", "api_base_url")
        if name in changes
    }
    if "name" in changes:
        cleaned["name"] = _name(changes["name"])
    if "embed_origins" in changes:
        cleaned["embed_origins"] = origins.parse_list(list(changes["embed_origins"]))
    if "product_name" in changes:
        product_name = _product_name(changes["product_name"])
        cleaned["branding"] = {**deployment.branding, "product_name": product_name}
    return cleaned


def _name(value: str) -> str:
    return text.clean(value, field="name", max_length=text.NAME)


def _product_name(value: str) -> str:
    return text.clean(value, field="product_name", max_length=text.NAME, required=False)


def _store_new(deployment: Deployment, *, actor: Actor, now: datetime) -> None:
    try:
        with transaction.atomic():
            deployment.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(field="slug") from None
    audit.record(
        audit.Action.DEPLOYMENT_PROVISIONED,
        about=audit.Subject(deployment_id=deployment.id),
        actor=actor,
        now=now,
        after={"slug": deployment.slug, "mode": deployment.mode},
    )
