"""Plays a product's history through Keyplate's own operations, oldest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from apiauth import applications, deployments, keys, tenants
from apiauth.actors import Actor, ActorKind, Channel
from apiauth.models import ApiAuthApp, Deployment, OwnerKind, TenantStatus
from demo import cast, traffic

OPERATOR = Actor(kind=ActorKind.OPERATOR, channel=Channel.COMMAND, label="Demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A product's deployment and app."""

    deployment: Deployment
    app: ApiAuthApp


type Moment = tuple[datetime, Callable[[datetime], None]]


def play(product: cast.Product, *, host_url: str, now: datetime) -> Scene:
    """Make the product's deployment, app, customers and keys."""
    born = now - 365 * cast.DAY
    deployment = deployments.provision(
        slug=product.slug,
        name=product.name,
        mode=product.mode,
        actor=OPERATOR,
        now=born,
        product_name=product.name,
        embed_origins=[host_url],
        return_url=f"{host_url}/",
        api_base_url=f"{host_url}/api/reports",
    )
    app = applications.provision(
        deployment=deployment,
        app_slug=f"aa_{deployment.id}",
        name=product.app_name,
        description=product.app_description,
        key_prefix=product.key_prefix,
        granted=list(product.permissions),
        permission_details=dict(product.permissions),
        actor=OPERATOR,
        now=born,
    )
    scene = Scene(deployment=deployment, app=app)
    for company in product.companies:
        _introduce(scene, company, now=born)
    for at, happen in sorted(
        _history(scene, product, now), key=lambda moment: moment[0]
    ):
        happen(at)
    for company in product.companies:
        if company.suspended:
            _suspend(scene, company, now=now)
    return scene


def _introduce(scene: Scene, company: cast.Company, *, now: datetime) -> None:
    host = Actor(
        kind=ActorKind.HOST,
        channel=Channel.API,
        label=f"{scene.deployment.name} backend",
    )
    tenants.set_organization(
        deployment=scene.deployment,
        external_id=company.id,
        name=company.name,
        actor=host,
        now=now,
    )
    for external_id, name in company.people.items():
        tenants.set_user(
            deployment=scene.deployment,
            external_id=external_id,
            name=name,
            actor=host,
            now=now,
        )


def _suspend(scene: Scene, company: cast.Company, *, now: datetime) -> None:
    tenants.set_organization(
        deployment=scene.deployment,
        external_id=company.id,
        status=TenantStatus.SUSPENDED,
        actor=OPERATOR,
        now=now,
        reason="Invoice overdue.",
    )


def _history(scene: Scene, product: cast.Product, now: datetime) -> Iterator[Moment]:
    for company in product.companies:
        for key in company.keys:
            yield from _Life(scene=scene, company=company, plan=key).moments(now)


@dataclass(slots=True, kw_only=True)
class _Life:
    """One key's life: what happens to it, and when."""

    scene: Scene
    company: cast.Company
    plan: cast.Key
    issued: keys.Issued | None = None

    def moments(self, now: datetime) -> Iterator[Moment]:
        yield now - self.plan.age, self._begin
        if self.plan.old_secret_lives is not None:
            yield now, self._rotate
        if self.plan.revoked is not None:
            yield now - self.plan.revoked, self._revoke
        if self.plan.seen is not None:
            yield now - self.plan.seen, self._use

    @property
    def _holder(self) -> Actor:
        return Actor(
            kind=ActorKind.CUSTOMER,
            channel=Channel.PORTAL,
            id=self.plan.by,
            label=self.company.people[self.plan.by],
        )

    def _begin(self, at: datetime) -> None:
        expires_in = self.plan.expires_in
        self.issued = keys.create(
            app=self.scene.app,
            owner=keys.Owner(
                kind=OwnerKind.ORGANIZATION,
                id=self.company.id,
                user_id=self.plan.by,
                organization_id=self.company.id,
            ),
            draft=keys.Draft(
                name=self.plan.name,
                description=self.plan.description,
                permissions=self.plan.permissions,
                expires_at=None if expires_in is None else at + expires_in,
            ),
            actor=self._holder,
            now=at,
        )
        self._store(at)

    def _rotate(self, at: datetime) -> None:
        if self.issued is None or self.plan.old_secret_lives is None:
            return
        self.issued = keys.rotate(
            key=self.issued.key,
            overlap_seconds=int(self.plan.old_secret_lives.total_seconds()),
            actor=self._holder,
            now=at,
        )
        self._store(at)

    def _revoke(self, at: datetime) -> None:
        if self.issued is None:
            return
        keys.revoke(
            key=self.issued.key,
            reason=self.plan.revoked_for,
            note=self.plan.note,
            actor=self._holder,
            now=at,
        )

    def _store(self, at: datetime) -> None:
        if self.issued is None:
            return
        if self.plan.stored:
            keys.acknowledge(
                key=self.issued.key,
                version=self.issued.version,
                actor=self._holder,
                now=at,
            )

    def _use(self, at: datetime) -> None:
        if self.issued is None:
            return
        traffic.leave(self.issued.key, self.plan, last_at=at)
