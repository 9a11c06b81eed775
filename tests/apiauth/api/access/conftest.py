"""Two deployments with everything in them, and who may see what of it.

All that is acme's own begins with `aa`; `xx` is of its other app, `yy` of others in
the same app, `zz` of the other deployment.
"""

import uuid
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.utils import timezone

from apiauth import keys, memberships, sessions
from apiauth.http import transports
from apiauth.models import OwnerKind, Scope
from tests import make
from tests.conftest import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A credential and how it is sent."""

    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""

    def at(self, path):
        return "&".join(filter(None, [path, self.query]))


def bearer(secret):
    return Caller(headers={"Authorization": f"Bearer {secret}"})


def header(token, **more):
    return Caller(headers={transports.TOKEN_HEADER: token, **more})


def cookie(token, **more):
    return Caller(headers={"Cookie": f"{transports.SESSION_COOKIE}={token}", **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    acme: Tenant
    globex: Tenant
    # Sessions of acme's app by what they speak for, and the key of each.
    opened: dict[str, sessions.Opened]
    own: dict[str, keys.Issued]
    # More keys, none of which is of any of those sessions.
    others: dict[str, keys.Issued]

    def host(self, *scopes, **settings):
        minted = make.backend_key(self.acme.deployment, *scopes, **settings)
        return bearer(minted.secret)

    def bound(self, *scopes):
        return self.host(*scopes, apps=[self.acme.app])

    def all_but(self, scope):
        return self.host(*(one for one in Scope.values if one != scope))

    def customer(self, kind="organization"):
        return header(self.opened[kind].token)

    @property
    def things(self):
        """What is acme's, by the names under which requests ask for it."""
        issued = self.own["organization"]
        return {
            "api_auth_app_slug": self.acme.app.app_slug,
            "app_slug": self.acme.app.app_slug,
            "deployment_id": str(self.acme.deployment.pk),
            "key_id": str(issued.key.pk),
            "organization_id": "acme-ltd",
            **asked_about(issued.secret),
            "session_id": str(self.opened["organization"].session.pk),
            "slug": "aa-scheme",
            "ticket": make.ticket(self.acme.backend_key, user_id="ada").secret,
            "user_id": "ada",
        }

    @property
    def theirs(self):
        """The same of the other deployment."""
        issued = self.others["zz-key"]
        opened = make.session(
            self.globex.backend_key, "zz-app", user_id="zz-user", organization_id="zz-o"
        )
        return {
            "api_auth_app_slug": "zz-app",
            "app_slug": "zz-app",
            "deployment_id": str(self.globex.deployment.pk),
            "key_id": str(issued.key.pk),
            "organization_id": "zz-org",
            **asked_about(issued.secret),
            "session_id": str(opened.session.pk),
            "slug": "zz-scheme",
            "ticket": make.ticket(self.globex.backend_key, "zz-app").secret,
            "user_id": "zz-user",
        }

    @property
    def beyond(self):
        """The same of acme's other app, as far as it can be another one."""
        issued = self.others["xx-key"]
        opened = make.session(self.acme.backend_key, "xx-app", user_id="xx-user")
        return {
            "api_auth_app_slug": "xx-app",
            "app_slug": "xx-app",
            "key_id": str(issued.key.pk),
            **asked_about(issued.secret),
            "session_id": str(opened.session.pk),
        }


def asked_about(secret):
    """Name a secret as the gateway's questions do."""
    principal = {"type": "api_key", "value": secret}
    checks = [{"principal": principal, "method": "GET", "resource": "/reports"}]
    return {"principal": principal, "checks": checks}


# What nobody has, in the same forms.
ABSENT = {
    "api_auth_app_slug": "absent",
    "app_slug": "absent",
    "deployment_id": str(uuid.UUID(int=7, version=4)),
    "key_id": str(uuid.UUID(int=7, version=4)),
    "organization_id": "absent",
    "session_id": str(uuid.UUID(int=7, version=4)),
    "slug": "absent",
    "user_id": "absent",
}


def _owner(kind, owner_id, **ids):
    return keys.Owner(kind=OwnerKind(kind), id=owner_id, **ids)


def _key(app, name, owner):
    issued = make.key(app, name, owner=owner)
    make.decision(issued.key, timezone.now(), path=f"/{name[:2]}-path")
    return issued


def _member(deployment, organization_id, user_id):
    memberships.put(
        deployment=deployment,
        organization_id=organization_id,
        user_id=user_id,
        actor=make.OPERATOR,
        now=timezone.now(),
    )


def _opened(acme):
    places = {
        "organization": ("acme-ltd", None),
        "person": (None, None),
        "workspace": ("acme-ltd", "w"),
    }
    return {
        kind: make.session(
            acme.backend_key,
            user_id="ada",
            organization_id=organization,
            workspace_id=workspace,
        )
        for kind, (organization, workspace) in places.items()
    }


def _others(acme, globex, mine):
    """Keys of everybody else, those of the other apps also in the same name."""
    xx_app = make.app(acme.deployment, "xx-app")
    zz_app = make.app(globex.deployment, "zz-app", key_prefix="zz_live")
    yy_org = _owner("organization", "yy-org", organization_id="yy-org")
    yy_place = _owner("workspace", "acme-ltd/v", organization_id="acme-ltd")
    zz_org = _owner("organization", "zz-org", organization_id="zz-org", user_id="zz")
    return {
        "yy-user": _key(acme.app, "yy-user", _owner("user", "ben", user_id="ben")),
        "yy-org": _key(acme.app, "yy-org", yy_org),
        "yy-place": _key(acme.app, "yy-place", yy_place),
        "yy-app": _key(acme.app, "yy-app", _owner("app", "")),
        "xx-key": _key(xx_app, "xx-key", mine),
        "zz-same": _key(globex.app, "zz-same", mine),
        "zz-key": _key(zz_app, "zz-key", zz_org),
    }


@pytest.fixture
def world(acme, globex):
    opened = _opened(acme)
    owners = {kind: keys.Owner.of(one.session.ticket) for kind, one in opened.items()}
    make.scheme(acme.deployment, "aa-scheme")
    make.scheme(globex.deployment, "zz-scheme")
    _member(acme.deployment, "acme-ltd", "ada")
    _member(globex.deployment, "zz-org", "zz-user")
    return World(
        acme=acme,
        globex=globex,
        opened=opened,
        own={kind: _key(acme.app, f"aa-key {kind}", owners[kind]) for kind in owners},
        others=_others(acme, globex, owners["organization"]),
    )


@pytest.fixture
def client():
    """A client that keeps nothing from one request to the next."""
    return _Forgetful()


class _Forgetful(Client):
    def generic(self, *arguments, **more):
        self.cookies.clear()
        return super().generic(*arguments, **more)
