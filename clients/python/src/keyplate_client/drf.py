"""API keys for Django REST framework.

    class Reports(APIView):
        authentication_classes = [KeyplateAuthentication]
        permission_classes = [key_may("reports:read")]

        def get(self, request):
            company = request.auth.identity.organization_id

The setting `KEYPLATE_CLIENT` says whom to ask; see `keyplate_client.django`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from keyplate_client import Identity, Verdict, django
from keyplate_client.guard import Refusal


@dataclass(frozen=True, slots=True)
class Caller:
    """Stands for `request.user` where a key and not a person calls."""

    identity: Identity

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True

    @property
    def pk(self) -> str:
        """Tell callers apart, as throttles do."""
        return self.identity.key_id

    def __str__(self) -> str:
        return self.identity.key_name


class KeyRefused(APIException):
    """A refusal, answered in the form that every guard of this package answers in."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.status_code = refusal.status
        self.detail = refusal.members  # type: ignore[assignment]  # shown as it is
        self.wait = refusal.retry_after
        self.auth_header = refusal.headers.get("WWW-Authenticate", "")


class KeyplateAuthentication(BaseAuthentication):
    """Let the gateway judge the API key of a request.

    `request.auth` is the verdict. Without a key the next class may try; what
    `key_may` names is asked for in the same question.
    """

    def authenticate(self, request: Request) -> tuple[Any, Verdict] | None:
        try:
            verdict = django.let_in(request._request, _required(request))  # noqa: SLF001
        except Refusal as refusal:
            if refusal.code == "missing":
                return None
            raise KeyRefused(refusal) from refusal
        return self.user_of(verdict), verdict

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - as DRF asks
        return f'Bearer realm="{django.realm()}"'

    def user_of(self, verdict: Verdict) -> Any:  # whatever the host's users are
        """Say who `request.user` is; override it to find one of your own."""
        return Caller(cast("Identity", verdict.identity))


class KeyPermission(BasePermission):
    """Let in a key whose permissions were asked for and granted; see `key_may`."""

    permissions: ClassVar[tuple[str, ...]] = ()

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - as DRF asks
        verdict: object = request.auth
        if not isinstance(verdict, Verdict) or not verdict.allowed:
            return False
        return set(self.permissions) <= set(verdict.required)


def key_may(*permissions: str) -> type[KeyPermission]:
    """Make a permission class: a key is needed, and it has to have all of these."""
    return type("KeyMay", (KeyPermission,), {"permissions": permissions})


def _required(request: Request) -> list[str]:
    """List what the view's permission classes ask of a key."""
    view = (request.parser_context or {}).get("view")
    classes = view.get_permissions() if isinstance(view, APIView) else []
    return [
        name
        for one in classes
        if isinstance(one, KeyPermission)
        for name in one.permissions
    ]
