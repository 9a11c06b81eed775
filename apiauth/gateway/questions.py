"""What a gateway is asked: one request of a customer, brought into one form."""

import functools
import unicodedata

from msgspec import Struct, field

from apiauth import addresses, credentials, identifiers, permissions, text
from apiauth.errors import Invalid
from apiauth.models import Deployment

METHODS = frozenset(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
ENVIRONMENTS = tuple(Deployment.Mode.values)
MAX_RESOURCE = 8000
_HIDDEN = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])
_UNKNOWN_AGENT = "unknown"
_MOST_REMEMBERED = 200  # characters of what one question requires


class Question(Struct, frozen=True, kw_only=True):
    """May this secret make this request? Its id, in hexadecimal, is the decision's.

    With `environment` only keys of such deployments are known; `explain` asks for
    everything that is wrong, and not only for the first of it. `bearer` is the gateway
    key that asks, in the clear: what it cannot reach is unknown to it. `is_traced`: an
    unknown secret leaves a row. `is_well_formed`: shape and checksum of the secret are
    worth a look-up.
    """

    secret: str
    method: str
    resource: str
    client_ip: str = ""
    user_agent: str = ""
    required: permissions.Every
    entries: tuple[str, ...] = ()
    bearer: str | None = None
    environment: str | None = None
    explain: bool = False
    is_traced: bool = True
    is_well_formed: bool
    id: str = field(default_factory=identifiers.new_hex)

    def __repr__(self) -> str:
        # Neither the secret nor the gateway key may end in a log.
        return f"<Question {self.id}: {self.method} {self.resource}>"


def ask(
    *,
    secret: str,
    method: str,
    resource: str,
    client_ip: str = "",
    user_agent: str = "",
    required_permissions: list[str] | None = None,
    bearer: str | None = None,
    environment: str | None = None,
    explain: bool = False,
    is_traced: bool = True,
) -> Question:
    """Bring a question into its one form (wacht-contract section 11).

    Raises `Invalid` naming the member that is malformed. The secret is not looked
    at: what is wrong with it is a verdict, not an error.
    """
    entries, required = _required(tuple(required_permissions or ()))
    return Question(
        secret=secret,
        method=_method(method),
        resource=_resource(resource),
        client_ip=_address(client_ip),
        user_agent=text.shorten(user_agent, text.AGENT) or _UNKNOWN_AGENT,
        required=required,
        entries=entries,
        bearer=bearer,
        environment=_environment(environment),
        explain=_explains(bearer, explain=explain),
        is_traced=is_traced,
        is_well_formed=credentials.looks_right(secret),
    )


def _required(entries: tuple[str, ...]) -> tuple[tuple[str, ...], permissions.Every]:
    # Whoever asks need not be known by now: long ones would fill the memory.
    is_short = sum(map(len, entries)) <= _MOST_REMEMBERED
    return _short(entries) if is_short else _read(entries)


@functools.lru_cache(maxsize=4096)  # A host asks the same few again and again.
def _short(entries: tuple[str, ...]) -> tuple[tuple[str, ...], permissions.Every]:
    return _read(entries)


def _read(entries: tuple[str, ...]) -> tuple[tuple[str, ...], permissions.Every]:
    kept = tuple(entry.strip() for entry in entries if entry.strip())
    return kept, permissions.requirement(entries)


def _environment(value: str | None) -> str | None:
    if value is not None and value not in ENVIRONMENTS:
        raise Invalid(
            f"environment must be one of {', '.join(ENVIRONMENTS)}.",
            field="environment",
        )
    return value


def _explains(bearer: str | None, *, explain: bool) -> bool:
    if explain and bearer is None:
        # What all is wrong with a key is for its host to know, not for whoever has it.
        raise Invalid("explain needs a gateway key.", field="explain")
    return explain


def _method(value: str) -> str:
    method = value.upper() if value.isascii() else value
    if method not in METHODS:
        raise Invalid(
            f"method must be one of {', '.join(sorted(METHODS))}.", field="method"
        )
    return method


def _resource(value: str) -> str:
    path = value.strip().partition("#")[0].partition("?")[0]
    if not path:
        raise Invalid(
            "resource is required: the path of the request.", field="resource"
        )
    if len(path) > MAX_RESOURCE:
        raise Invalid(
            f"resource must be at most {MAX_RESOURCE} characters long.",
            field="resource",
        )
    # A path that was on a wire is percent-encoded; what hides in it, lies.
    is_plain = path.isascii() and path.isprintable()
    if not is_plain and any(unicodedata.category(c) in _HIDDEN for c in path):
        raise Invalid(
            "resource contains invisible or control characters.", field="resource"
        )
    return path if path.startswith("/") else f"/{path}"


def _address(value: str) -> str:
    stripped = value.strip()
    if not stripped:
        return ""
    address = addresses.spelled(stripped)
    if not address:
        raise Invalid("client_ip must be an IP address.", field="client_ip")
    return address
