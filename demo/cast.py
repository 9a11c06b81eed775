"""The made-up world: two products, their customers, and keys in every state."""

from dataclasses import dataclass, field
from datetime import timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key and its life so far.

    Ages, `revoked` and `seen` count back from now, `expires_in` from the creation. With
    `old_secret_lives` it is rotated now, and the old secret lives on that long.
    """

    name: str
    by: str
    age: timedelta
    description: str = ""
    permissions: tuple[str, ...] = ("reports:read",)
    expires_in: timedelta | None = 90 * DAY
    stored: bool = True
    old_secret_lives: timedelta | None = None
    revoked: timedelta | None = None
    revoked_for: str = ""
    note: str = ""
    seen: timedelta | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One customer of the product, with its people and keys."""

    id: str
    name: str
    people: dict[str, str]
    keys: tuple[Key, ...]
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One host product: a deployment with its app and its customers."""

    slug: str
    name: str
    mode: str
    app_name: str
    app_description: str
    key_prefix: str
    companies: tuple[Company, ...]
    permissions: dict[str, dict[str, object]] = field(default_factory=dict)


REPORTS: dict[str, dict[str, object]] = {
    "reports:read": {
        "label": "Read reports",
        "description": "List reports and download their rows.",
        "group": "Reports",
        "default": True,
    },
    "reports:export": {
        "label": "Export reports",
        "description": "Start exports to your own storage.",
        "group": "Reports",
    },
    "orders:read": {
        "label": "Read orders",
        "description": "See orders and their lines.",
        "group": "Orders",
    },
    "orders:write": {
        "label": "Change orders",
        "description": "Create and cancel orders in your name.",
        "group": "Orders",
        "dangerous": True,
    },
}

ACME = Company(
    id="org_acme",
    name="Acme Ltd",
    people={
        "usr_ada": "Ada Lindqvist",
        "usr_ben": "Ben Okafor",
        "usr_cleo": "Cleo Marsh",
    },
    keys=(
        Key(
            name="Production backend",
            by="usr_ada",
            age=70 * DAY,
            description="The order service in Frankfurt.",
            permissions=("orders:read", "reports:export", "reports:read"),
            expires_in=180 * DAY,
            seen=4 * MINUTE,
            calls=48_211,
        ),
        Key(
            name="CI pipeline",
            by="usr_ada",
            age=84 * DAY - 2 * HOUR,
            description="Nightly contract tests.",
            expires_in=90 * DAY,
            seen=9 * HOUR,
            calls=1_904,
        ),
        Key(
            name="Data warehouse sync",
            by="usr_ada",
            age=41 * DAY,
            permissions=("orders:read", "reports:read"),
            expires_in=None,
            old_secret_lives=3 * HOUR + 5 * MINUTE,
            seen=HOUR,
            calls=9_377,
        ),
        Key(name="Partner sandbox", by="usr_ada", age=12 * DAY),
        Key(name="Mobile beta", by="usr_ada", age=2 * DAY, stored=False),
        Key(
            name="Spring import",
            by="usr_ada",
            age=75 * DAY,
            permissions=("orders:read", "orders:write"),
            expires_in=60 * DAY,
            seen=16 * DAY,
            calls=412,
        ),
        Key(
            name="Zapier",
            by="usr_ada",
            age=150 * DAY,
            permissions=("orders:read", "orders:write", "reports:read"),
            expires_in=None,
            revoked=19 * DAY,
            revoked_for="leaked",
            note="Found in a public repository.",
            seen=19 * DAY,
            calls=30_566,
        ),
        Key(
            name="Old dashboard",
            by="usr_ada",
            age=210 * DAY,
            expires_in=None,
            revoked=33 * DAY,
            revoked_for="no_longer_needed",
        ),
    ),
)

GLOBEX = Company(
    id="org_globex",
    name="Globex GmbH",
    people={"usr_mallory": "Mallory Quint"},
    keys=(
        Key(
            name="Turbine gateway",
            by="usr_mallory",
            age=30 * DAY,
            seen=2 * MINUTE,
            calls=120_044,
        ),
        Key(name="Service desk", by="usr_mallory", age=8 * DAY, expires_in=None),
    ),
)

INITECH = Company(
    id="org_initech",
    name="Initech Inc",
    people={"usr_sam": "Sam Ortega"},
    suspended=True,
    keys=(Key(name="TPS uploader", by="usr_sam", age=95 * DAY, expires_in=None),),
)

FIRST = Product(
    slug="northwind",
    name="Northwind Reports",
    mode="staging",
    app_name="Reports API",
    app_description="Keys that read the reports of one company.",
    key_prefix="northwind_test",
    permissions=REPORTS,
    companies=(ACME, GLOBEX, INITECH),
)

SECOND = Product(
    slug="lumen",
    name="Lumen Studio",
    mode="production",
    app_name="Render API",
    app_description="Keys that queue and fetch renders.",
    key_prefix="lumen_live",
    permissions={
        "renders:read": {"label": "Fetch renders", "group": "Renders", "default": True},
        "renders:write": {"label": "Queue renders", "group": "Renders"},
    },
    companies=(
        Company(
            id="org_umbra",
            name="Umbra Films",
            people={"usr_noor": "Noor Haddad"},
            keys=(
                Key(
                    name="Render farm",
                    by="usr_noor",
                    age=25 * DAY,
                    permissions=("renders:read", "renders:write"),
                    seen=26 * MINUTE,
                    calls=7_310,
                ),
                Key(
                    name="Preview bot",
                    by="usr_noor",
                    age=3 * DAY,
                    permissions=("renders:read",),
                    expires_in=7 * DAY,
                ),
            ),
        ),
        Company(
            id="org_halo",
            name="Halo Post",
            people={"usr_ines": "Ines Duarte"},
            keys=(
                Key(
                    name="Ingest",
                    by="usr_ines",
                    age=14 * DAY,
                    permissions=("renders:read",),
                ),
            ),
        ),
    ),
)
