"""What is measured together: targets side by side, under one number of callers."""

from dataclasses import dataclass

LARGEST, LARGEST_IF_QUICK = 5_000_000, 50_000
SMALLEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table: what it shows, who takes part, and to whom the others are compared.

    Before the first round each target is asked for `warm_up` seconds.
    """

    about: str
    connections: int
    targets: tuple[str, ...]
    base: str
    warm_up: int = 1


SECTIONS = {
    "headline": Section(
        about="32 callers",
        connections=32,
        targets=(
            "product",
            "product-async",
            "product-unlimited",
            "product-bare",
            "hello",
            "drf",
            "better-auth",
            "better-auth-limited",
        ),
        base="drf",
    ),
    "latency": Section(
        about="one caller",
        connections=1,
        targets=("product", "product-async", "hello", "lookup", "drf", "better-auth"),
        base="drf",
    ),
    "saturation": Section(
        about="200 callers",
        connections=200,
        targets=("product", "hello", "drf", "better-auth"),
        base="drf",
    ),
    "growth": Section(
        about="more and more keys, 32 callers",
        connections=32,
        targets=(),  # by how many keys there are: see `targets_of`
        base=f"product-{SMALLEST}",
        # Until most pages of the largest are in memory, and written since the last
        # checkpoint; sums lag half a minute.
        warm_up=60,
    ),
    "batch": Section(
        about="many keys in one call, 32 callers",
        connections=32,
        targets=("product", "batch-10", "batch-50", "batch-100"),
        base="product",
    ),
    "engines": Section(
        about="PostgreSQL and SQLite, 32 callers",
        connections=32,
        targets=("product", "product-one", "sqlite"),
        base="product",
    ),
}
PAGES = "pages"
# What is behind the names, for people.
NAMES = {
    "product": "Keyplate",
    "product-async": "Keyplate, commits not waited for",
    "product-unlimited": "Keyplate, no rate limit",
    "product-bare": "Keyplate, neither",
    "product-one": "Keyplate, one worker",
    "sqlite": "Keyplate on SQLite, one worker",
    "hello": "Keyplate, an empty answer",
    "lookup": "a bare look-up in PostgreSQL",
    "drf": "djangorestframework-api-key",
    "better-auth": "better-auth",
    "better-auth-limited": "better-auth, rate limit on",
}


def targets_of(name: str, *, keys: int, is_quick: bool) -> list[str]:
    """Name the targets of a section."""
    if name == PAGES:
        return []
    if name != "growth":
        return list(SECTIONS[name].targets)
    largest = LARGEST_IF_QUICK if is_quick else LARGEST
    return [f"product-{size}" for size in sorted({SMALLEST, keys, largest})]


def about(name: str) -> str:
    """Say what a section shows."""
    return SECTIONS[name].about if name in SECTIONS else "what the desk weighs"


def named(target: str) -> str:
    """Name a target for people."""
    if target in NAMES:
        return NAMES[target]
    kind, _, number = target.rpartition("-")
    if not number.isdigit():
        return target
    if kind == "batch":
        return f"Keyplate, {number} keys a call"
    return f"Keyplate, {int(number):_} keys".replace("_", " ")
