"""What the API can do, one operation a value, read from where it is declared."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from ninja import NinjaAPI
from ninja.operation import Operation as Declared
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from apiauth.api.document import names

_CONVERTER = re.compile(r"{[^}:]+:")
_BODIES = {"body": "application/json", "form": "application/x-www-form-urlencoded"}

# What a value may be: a class, or an annotated type.
type Type = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries."""

    media_type: str
    type: Type
    is_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address.

    `answers` are types by status, None where nothing is sent; `samples` are examples
    by status and name, where the types' own are not enough.
    """

    method: str
    path: str
    tag: str
    summary: str
    description: str
    answers: Mapping[int, Type | None]
    guards: Sequence[object] = ()
    parameters: Sequence[tuple[str, type[BaseModel]]] = ()
    body: Body | None = None
    samples: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    is_optional: bool = False  # whether it may be called without a credential, too
    is_deprecated: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)  # JSON, as it is

    @property
    def id(self) -> str:
        return names.name_of(self.method, self.path)


def declared(api: NinjaAPI) -> Iterator[Operation]:
    """Read the operations of an API."""
    for router in api._get_bound_routers():  # noqa: SLF001 - Ninja offers no other list
        for place, view in router.path_operations.items():
            path = _CONVERTER.sub("{", f"/{router.prefix.strip('/')}{place}")
            for one in view.operations:
                if one.include_in_schema:
                    yield from _read(one, "/" + path.strip("/"))


def _read(one: Declared, path: str) -> Iterator[Operation]:
    for method in one.methods:
        yield Operation(
            method=method.lower(),
            path=path,
            tag=(one.tags or [""])[0],
            summary=_summary(one),
            description=one.description or "",
            answers={
                status: _inner(model) for status, model in one.response_models.items()
            },
            guards=one.auth_callbacks,
            parameters=[
                (source, model)
                for source, model in _by_source(one)
                if source not in _BODIES
            ],
            body=_body(one),
            is_deprecated=bool(one.deprecated),
            extra=one.openapi_extra or {},
        )


def _by_source(one: Declared) -> list[tuple[str, type[BaseModel]]]:
    return [(str(model.__ninja_param_source__), model) for model in one.models]


def _summary(one: Declared) -> str:
    """What an operation says of itself, not what Ninja makes of its name."""
    made_up = one.view_func.__name__.title().replace("_", " ")
    return "" if one.summary == made_up else one.summary or ""


def _body(one: Declared) -> Body | None:
    for source, model in _by_source(one):
        if source in _BODIES:
            fields = list(model.model_fields.values())
            is_alone = len(fields) == 1
            return Body(
                media_type=_BODIES[source],
                type=_annotated(fields[0]) if is_alone else model,
                is_required=any(one.is_required() for one in fields),
            )
    return None


def _inner(model: object) -> Type | None:
    """The type that Ninja wraps into a model of its own."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        return _annotated(model.model_fields["response"])
    return None


def _annotated(value: FieldInfo) -> Type:
    if not value.metadata:
        return value.annotation
    return Annotated[value.annotation, *value.metadata]
