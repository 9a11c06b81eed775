"""Who works where and what they may do: stands in for your own user tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """A company that is a customer of Northwind."""

    slug: str
    id: str
    name: str
    is_suspended: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, with their one company and their role in it."""

    slug: str
    id: str
    name: str
    tenant: Tenant
    role: str


# What each role may do in the desk. One that is missing here gets no ticket at all.
CAPABILITIES = {
    "manager": [
        "keys:read",
        "keys:create",
        "keys:update",
        "keys:rotate",
        "keys:revoke",
    ],
    "viewer": ["keys:read"],
}
ACME = Tenant("acme", "org_acme", "Acme Ltd")
GLOBEX = Tenant("globex", "org_globex", "Globex GmbH")
INITECH = Tenant("initech", "org_initech", "Initech Inc", is_suspended=True)
PEOPLE = {
    "ada": Person("ada", "usr_ada", "Ada Lindqvist", ACME, "manager"),
    "ben": Person("ben", "usr_ben", "Ben Okafor", ACME, "viewer"),
    "cleo": Person("cleo", "usr_cleo", "Cleo Marsh", ACME, "member"),
    "mallory": Person("mallory", "usr_mallory", "Mallory Quint", GLOBEX, "manager"),
    "sam": Person("sam", "usr_sam", "Sam Ortega", INITECH, "manager"),
}
REPORTS = {
    ACME.id: [{"id": "rep_1041", "title": "Orders by region"}],
    GLOBEX.id: [{"id": "rep_2007", "title": "Turbine hours"}],
}
