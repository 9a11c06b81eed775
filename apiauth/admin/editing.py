"""Settings that are shown whole and sent back whole, and never over a colleague's."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone

from apiauth.actors import Actor
from apiauth.admin import pages
from apiauth.admin.desk import Desk
from apiauth.errors import ApiAuthError, ChangedMeanwhile
from apiauth.http import requests

type Wanted = dict[str, Any]  # Any: keywords of an operation, which types them

_CHANGED = (
    "Somebody changed these settings after you opened this page, so nothing was "
    "saved. What you entered is still here: a field says where it differs from what "
    "is stored now. Take over what shall stay, then save again."
)


class SettingsForm(forms.Form):
    """Settings that remember which edition of them was shown."""

    edition = forms.CharField(required=False, widget=forms.HiddenInput)

    def wanted(self) -> Wanted:
        """What the operation is asked for; without an edition it was none of ours."""
        values = dict(self.cleaned_data)
        return {**values, "seen": values.pop("edition")}

    def compare(self, stored: Mapping[str, object]) -> None:
        """Tell where what was entered differs from what is stored by now.

        Nothing that was entered is lost; sent again, it replaces what is told here.
        """
        self.data = self.data.copy()  # type: ignore[attr-defined] # a QueryDict
        self.data["edition"] = stored["edition"]  # type: ignore[index] # now a copy
        self.add_error(None, _CHANGED)
        for field in self.visible_fields():
            name = field.name
            entered, there = self.cleaned_data.get(name), stored.get(name)
            if name in stored and _differs(entered, there):
                self.add_error(name, f"Stored now: {_told(field.field, there)}")


class EditingDesk[M: models.Model](Desk[M]):
    """Rows whose settings operators change on a page of its own."""

    settings_form: ClassVar[type[SettingsForm]]

    def stored(self, row: M) -> Wanted:
        """A row's settings as its form shows them, the edition among them."""
        raise NotImplementedError

    def save(self, row: M, wanted: Wanted, actor: Actor, now: datetime) -> None:
        """Change a row's settings by its operation."""
        raise NotImplementedError

    def has_settings(self, row: M) -> bool:
        return True

    def own_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.settings_view)
        return [path("<uuid:pk>/settings/", view, name=self.url_name("settings"))]

    def settings_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        if not self.has_operate_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        if row is None or not self.has_settings(row):
            raise Http404
        form = self.settings_form(request.POST or None, initial=self.stored(row))
        if request.method == "POST" and form.is_valid():
            self._save(request, row, form)
            if not form.errors:
                self.message_user(request, "Settings saved.", messages.SUCCESS)
                return HttpResponseRedirect(self.url("change", row.pk))
        title = f"Settings of {row}"
        return self.form_page(request, form, title=title, submit="Save settings")

    def _save(self, request: HttpRequest, row: M, form: SettingsForm) -> None:
        actor = requests.operator_actor(request)
        try:
            self.save(row, form.wanted(), actor, timezone.now())
        except ChangedMeanwhile:
            row.refresh_from_db()
            form.compare(self.stored(row))
        except ApiAuthError as refusal:
            pages.fail(form, refusal)


def _differs(entered: object, there: object) -> bool:
    if isinstance(entered, list) and isinstance(there, list):
        return sorted(entered) != sorted(there)
    return (entered or None) != (there or None)


def _told(field: forms.Field, value: object) -> str:
    if isinstance(value, bool):
        return "ticked" if value else "not ticked"
    if not value and value != 0:
        return "nothing"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    labels = dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(labels.get(one, one)) for one in values)
