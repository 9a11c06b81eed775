"""The operations of the API under one roof: how they read, refuse, and are opened."""

from collections.abc import Callable, Iterator
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import URLPattern, path
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser

from apiauth.api import endpoints, inputs
from apiauth.api.outputs import Error
from apiauth.errors import ApiAuthError, Invalid
from apiauth.http import bodies, requests, responses

# Any operation may answer these; each is an `Error`.
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 503), Error)
# The place of one deployment, for operations that are also at the root.
OF_DEPLOYMENT = "d/{uuid:deployment_id}"
_NAMES_DEPLOYMENT = {
    "in": "path",
    "name": "deployment_id",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}


class _StrictParser(Parser):
    """Reads what cannot be read in two ways, and refuses the rest."""

    def parse_body(self, request: HttpRequest) -> dict[str, object]:
        return _members(request)

    def parse_querydict(
        self,
        data: MultiValueDict[str, str],
        list_fields: list[str],
        request: HttpRequest,
    ) -> dict[str, object]:
        for name in data:
            if name not in list_fields and len(data.getlist(name)) > 1:
                field = inputs.shown(name)
                raise Invalid(f"{field} is given twice.", field=field)
        return cast(
            "dict[str, object]", super().parse_querydict(data, list_fields, request)
        )


class Surface(NinjaAPI):
    """Ninja's operations with our answers: never stored, refused in one form."""

    def __init__(self) -> None:
        super().__init__(
            title="Keyplate",
            version="1",
            urls_namespace="api",
            openapi_url=None,
            docs_url=None,
            parser=_StrictParser(),
        )

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        response = super().create_temporal_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_content_type(self) -> str:
        """JSON is UTF-8 by definition (RFC 8259 section 8.1)."""
        return "application/json"

    def set_default_exception_handlers(self) -> None:
        """Answer what refuses; anything else is Django's to report."""
        for kind, answer in _ANSWERS.items():
            self.add_exception_handler(kind, answer)

    def paths(self) -> Iterator[URLPattern]:
        """Give the addresses, open to callers without an operator's login.

        Raises `ImproperlyConfigured` for an operation that stands behind no guard.
        """
        for router in self._get_bound_routers():
            for place, view in router.path_operations.items():
                for operation in view.operations:
                    if not operation.auth_callbacks:
                        raise ImproperlyConfigured(f"Nobody guards {place}.")
                    if router.prefix.lstrip("/").startswith(OF_DEPLOYMENT):
                        self._tell_apart(operation)
            for pattern in router.urls_paths(router.prefix):
                opened = login_not_required(pattern.callback)
                yield path(str(pattern.pattern), opened, name=pattern.name)

    def _tell_apart(self, operation: Operation) -> None:
        """Describe an operation that is mounted twice as the two that it is."""
        usual = self.get_openapi_operation_id(operation)
        operation.operation_id = f"{usual}_of_deployment"
        extra = operation.openapi_extra or {}
        operation.openapi_extra = {**extra, "parameters": [_NAMES_DEPLOYMENT]}


def form_or_json(body: type[Schema]) -> dict[str, object]:
    """Describe, for the OpenAPI document, a body that may come as a form as well."""
    described = {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data")
    return {"requestBody": {"content": dict.fromkeys(kinds, described)}}


def _refused(_request: HttpRequest, refusal: ApiAuthError) -> HttpResponse:
    return responses.refused(refusal)


def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if error.errors[0]["loc"][0] == "body" and not request.body:
        return _absent(request)
    problems = [inputs.problem(detail) for detail in error.errors]
    return responses.refused(inputs.Malformed(problems))


def _absent(request: HttpRequest) -> HttpResponse:
    """Say what is wrong with a body that is not there; Ninja does not read it."""
    try:
        _members(request)
    except ApiAuthError as refusal:
        return _refused(request, refusal)
    return _refused(request, Invalid("The body is empty."))


def _members(request: HttpRequest) -> dict[str, object]:
    """Read a body as this caller may send it; its guard knows."""
    if getattr(request, "accepts_forms", False):
        return bodies.members(request)
    return requests.json_body(request)


def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer for a body that the parser refused; Ninja hides its reason."""
    if isinstance(error.__cause__, ApiAuthError):
        return _refused(request, error.__cause__)
    raise error


def _too_large(request: HttpRequest, _error: Exception) -> HttpResponse:
    return _refused(request, requests.TooLarge())


def _broken_off(request: HttpRequest, _error: Exception) -> HttpResponse:
    return _refused(request, Invalid("The body broke off."))


def _unavailable(_request: HttpRequest, error: Exception) -> HttpResponse:
    return endpoints.unavailable(error)


_ANSWERS: dict[type[Exception], Callable[..., HttpResponse]] = {
    ApiAuthError: _refused,
    ValidationError: _malformed,
    HttpError: _unreadable,
    RequestDataTooBig: _too_large,
    UnreadablePostError: _broken_off,
    OperationalError: _unavailable,
    InterfaceError: _unavailable,
}
