"""Who works where and who may do what: stands in for your own user tables."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do with the API keys of their company."""

    MANAGER = "manager"
    VIEWER = "viewer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A company that is a customer of Northwind."""

    slug: str
    id: str
    name: str
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who signs in, with their one company and their role in it."""

    slug: str
    id: str
    name: str
    tenant: Tenant
    role: Role


# What each role may do in the embedded desk. A role that is missing here gets no
# ticket at all; Keyplate enforces the rest.
CAPABILITIES: dict[Role, tuple[str, ...]] = {
    Role.MANAGER: (
        "keys:read",
        "keys:create",
        "keys:update",
        "keys:rotate",
        "keys:revoke",
    ),
    Role.VIEWER: ("keys:read",),
}

ACME = Tenant(slug="acme", id="org_acme", name="Acme Ltd")
GLOBEX = Tenant(slug="globex", id="org_globex", name="Globex GmbH")
INITECH = Tenant(slug="initech", id="org_initech", name="Initech Inc", suspended=True)

PEOPLE = {
    person.slug: person
    for person in (
        Person(
            slug="ada",
            id="usr_ada",
            name="Ada Lindqvist",
            tenant=ACME,
            role=Role.MANAGER,
        ),
        Person(
            slug="ben", id="usr_ben", name="Ben Okafor", tenant=ACME, role=Role.VIEWER
        ),
        Person(
            slug="cleo", id="usr_cleo", name="Cleo Marsh", tenant=ACME, role=Role.MEMBER
        ),
        Person(
            slug="mallory",
            id="usr_mallory",
            name="Mallory Quint",
            tenant=GLOBEX,
            role=Role.MANAGER,
        ),
        Person(
            slug="sam",
            id="usr_sam",
            name="Sam Ortega",
            tenant=INITECH,
            role=Role.MANAGER,
        ),
    )
}


# The reports each company may read through the API.
REPORTS: dict[str, tuple[dict[str, str | int], ...]] = {
    ACME.id: (
        {"id": "rep_1041", "title": "Orders by region", "rows": 1284},
        {"id": "rep_1042", "title": "Refunds this month", "rows": 57},
        {"id": "rep_1043", "title": "Stock below minimum", "rows": 212},
    ),
    GLOBEX.id: (
        {"id": "rep_2007", "title": "Turbine hours", "rows": 8760},
        {"id": "rep_2008", "title": "Open service tickets", "rows": 31},
    ),
}
