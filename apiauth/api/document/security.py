"""Who may call what: the credentials, and the rights that operations ask of them."""

from collections.abc import Iterator, Sequence

from apiauth.api.document.operations import Operation
from apiauth.api.document.schemas import Json


def requirements(one: Operation) -> list[Json]:
    """The credentials that open an operation, any one of them, with their rights.

    Empty for an operation that is open to everybody.
    """
    needed = [
        {name: _rights(guard)}
        for guard in one.guards
        for name, _ in _credentials(guard)
    ]
    return [*needed, {}] if needed and one.is_optional else needed


def schemes(operations: Sequence[Operation]) -> dict[str, Json]:
    """Describe every credential that some operation takes."""
    found = {
        name: scheme
        for one in operations
        for guard in one.guards
        for name, scheme in _credentials(guard)
    }
    return dict(sorted(found.items()))


def _rights(guard: object) -> list[str]:
    """The scope of a backend key, or the capability of a session, that is asked for."""
    rights = (getattr(guard, name, None) for name in ("scope", "capability"))
    return [str(right) for right in rights if right is not None]


def _credentials(guard: object) -> Iterator[tuple[str, Json]]:
    if hasattr(guard, "openapi_security_schema"):
        name = type(guard).__name__.removesuffix("Auth")
        yield name[0].lower() + name[1:], guard.openapi_security_schema
