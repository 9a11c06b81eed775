"""The two kinds of tenants, for tests that hold for both."""

from urllib.parse import quote

from django.utils import timezone

from apiauth import tenants
from apiauth.models import EndUser, Organization, TenantStatus
from tests import make

# Address, list, model, how to tell of one, the column that names it.
ORGANIZATIONS = (
    "/api-auth/organizations",
    Organization,
    tenants.set_organization,
    "organization_id",
)
USERS = ("/api-auth/users", EndUser, tenants.set_user, "user_id")
KINDS = [ORGANIZATIONS, USERS]
# Ids that hosts have, and what stands for them in an address.
IDS = [
    "org_1",
    "a/b",
    "https://idp.example/users/7",
    "auth0|5f7c8e",
    "ada@acme.example",
    "two words",
    "Ünïcödé 会社",
    "50%",
    "a%2Fb",
    "a+b?c#d&e;f=g",
    "suspend",
    "members",
    "members/x",
    "x/suspended",
    "x/members-only",
    "..",
    "x" * 255,
]
# What can be no id, for an address or for the store.
NO_IDS = ["a\x00b", "a\x1bb", "a\u202eb", "a\u200bb", "x" * 256, " ", "\x00"]


def at(address, external_id, rest=""):
    """Where one is; its id is encoded once, as a part of an address."""
    return f"{address}/{quote(external_id, safe='')}{rest}"


def tell(kind, deployment, external_id="t1", status="active", **facts):
    _, _, verb, _ = kind
    return verb(
        deployment=deployment,
        external_id=external_id,
        status=TenantStatus(status),
        actor=make.OPERATOR,
        now=timezone.now(),
        **facts,
    )
