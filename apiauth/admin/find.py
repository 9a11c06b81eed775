"""Find a key by pasting it: digested at once, never kept, logged or shown again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import (
    sensitive_post_parameters,
    sensitive_variables,
)

from apiauth import credentials
from apiauth.credentials import Purpose
from apiauth.models import BackendKey, Key, KeySecret

if TYPE_CHECKING:
    from apiauth.admin.desk import Desk

_OTHER_KINDS = {
    f"{credentials.TICKET_PREFIX}.": "That is a ticket. Tickets live for minutes and "
    "are of use once; look for it under Tickets by its time.",
    f"{credentials.SESSION_PREFIX}_": "That is the token of a portal session. End the "
    "session under Portal sessions.",
    f"{credentials.BINDER_PREFIX}_": "That is a browser's cookie. End its session "
    "under Portal sessions.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whose the pasted secret is."""

    kind: str
    name: str
    masked: str
    url: str
    note: str


class FindForm(forms.Form):
    """A field that never shows what was put into it."""

    # "once": browsers neither store nor offer it again.
    secret = forms.CharField(
        label="Key",
        max_length=200,
        strip=True,
        help_text="Paste the whole key. It is looked up and forgotten: it is not "
        "stored, logged or shown again.",
        widget=forms.PasswordInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "vTextField",
                "autofocus": True,
            }
        ),
    )


# `desk` is the list of keys, whose permissions and frame the page takes.
def view(desk: "Desk[Key]") -> Callable[[HttpRequest], HttpResponse]:
    """Make the page for this list."""

    @sensitive_post_parameters("secret")
    @sensitive_variables("secret", "form")
    def find(request: HttpRequest) -> HttpResponse:
        if not desk.has_view_permission(request):
            raise PermissionDenied
        form = FindForm(request.POST or None)
        found, miss = None, ""
        if request.method == "POST" and form.is_valid():
            secret = form.cleaned_data["secret"]
            found = _key(secret) or _backend_key(request, secret)
            miss = "" if found else _miss(secret)
            form = FindForm()
        answer = desk.form_page(
            request, form, title="Find by key", submit="Find", found=found, miss=miss
        )
        answer.headers["Cache-Control"] = "no-store, private"
        return answer

    return find


@sensitive_variables("secret")
def _key(secret: str) -> Found | None:
    if not credentials.looks_right(secret):
        return None
    known = KeySecret.objects.select_related("key").filter(
        digest__in=credentials.digests(Purpose.KEY, secret)
    )
    version = known.first()
    if version is None:
        return None
    has_ended = version.ends_at is not None and version.ends_at <= timezone.now()
    return Found(
        kind="key",
        name=version.key.name,
        masked=version.masked,
        url=reverse("admin:apiauth_key_change", args=[version.key_id]),
        note=(
            "This secret was replaced and no longer works."
            if has_ended
            else "This is its current secret."
            if version.ends_at is None
            else "This secret was replaced; it still works for a while."
        ),
    )


@sensitive_variables("secret")
def _backend_key(request: HttpRequest, secret: str) -> Found | None:
    if not credentials.looks_right(secret):
        return None
    if not request.user.has_perm("apiauth.view_backendkey"):
        return None
    digests = credentials.digests(Purpose.BACKEND, secret)
    row = BackendKey.objects.by_digest(digests).first()
    if row is None:
        return None
    return Found(
        kind="backend key",
        name=row.name,
        masked=row.masked,
        url=reverse("admin:apiauth_backendkey_change", args=[row.pk]),
        note="A host's backend uses it. Whoever has it can act for the host.",
    )


@sensitive_variables("secret")
def _miss(secret: str) -> str:
    for prefix, sentence in _OTHER_KINDS.items():
        if secret.startswith(prefix):
            return sentence
    if not credentials.looks_right(secret):
        return "This is no key of ours: part of it is missing or mistyped."
    return "It has the shape of a key, but nobody was ever given it here."
