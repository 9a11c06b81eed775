"""Verbs as pages: asked for, confirmed with a reason, carried out row by row."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from apiauth.admin import verbs
from apiauth.admin.pages import Pages
from apiauth.admin.verbs import Verb
from apiauth.http import requests

# Any: Django hands an action whatever model admin and rows it belongs to.
type Action = Callable[[Any, HttpRequest, models.QuerySet[Any]], HttpResponse]


class Acting[M: models.Model](Pages[M]):
    """Rows that verbs are done to, by whoever may operate them."""

    offered: ClassVar[Sequence[Verb]] = ()
    # Methods whose columns tell rows apart on a confirmation.
    confirmed_by: ClassVar[Sequence[str]] = ()

    def __init__(self, model: type[M], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self.actions = [*(self.actions or ()), *map(_as_action, self.offered)]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"apiauth.change_{self.opts.model_name}")

    def verbs_for(self, request: HttpRequest, row: M) -> list[tuple[Verb, str]]:
        """The verbs that fit a row's state, with their addresses."""
        if not self.has_operate_permission(request):
            return []
        fitting = [verb for verb in self.offered if verb.applies(row)]
        return [(verb, self.url("verb", verb.name)) for verb in fitting]

    def verb_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Confirm a verb, or carry it out once it is confirmed with a reason."""
        verb = next((verb for verb in self.offered if verb.name == name), None)
        if verb is None:
            raise Http404
        if not self.has_operate_permission(request):
            raise PermissionDenied
        wanted = verbs.ids(request.POST.getlist(helpers.ACTION_CHECKBOX_NAME))
        return self.answer_verb(request, verb, wanted)

    def answer_verb(
        self, request: HttpRequest, verb: Verb, wanted: Sequence[uuid.UUID]
    ) -> HttpResponse:
        rows = list(self.get_queryset(request).filter(pk__in=wanted[: verbs.MAX_ROWS]))
        problem = _unfit(rows, len(wanted))
        if problem:
            self.message_user(request, problem, messages.ERROR)
            return HttpResponseRedirect(self.url("changelist"))
        word = verb.typed(rows[0]) if verb.typed and len(rows) == 1 else None
        confirmed = request.POST if "confirmed" in request.POST else None
        form = verbs.Confirmation(confirmed, word=word)
        if not form.is_valid():
            return self._confirmation(request, verb, rows, form)
        return self._carry_out(request, verb, rows, wanted, form.cleaned_data["reason"])

    def _confirmation(
        self,
        request: HttpRequest,
        verb: Verb,
        rows: Sequence[M],
        form: verbs.Confirmation,
    ) -> HttpResponse:
        methods = [getattr(self, name) for name in self.confirmed_by]
        columns = [(method.short_description, method) for method in methods]
        consequence = verb.consequence
        return self.page(
            request,
            "admin/desk/confirm.html",
            title=verb.button if len(rows) == 1 else verb.label,
            verb=verb,
            form=form,
            adminform=self.framed(form),
            heads=[head for head, _ in columns],
            rows=[(row, [(head, cell(row)) for head, cell in columns]) for row in rows],
            consequence=consequence(rows, timezone.now()) if consequence else "",
            address=self.url("verb", verb.name),
            back=self._back(rows),
            checkbox=helpers.ACTION_CHECKBOX_NAME,
        )

    def _carry_out(
        self,
        request: HttpRequest,
        verb: Verb,
        rows: Sequence[M],
        wanted: Sequence[uuid.UUID],
        reason: str,
    ) -> HttpResponse:
        failures = verbs.carry_out(
            verb, rows, requests.operator_actor(request), timezone.now(), reason
        )
        done = len(rows) - len(failures)
        known = {row.pk for row in rows}
        failures += [
            verbs.Failure(row=str(key), sentence="It does not exist.")
            for key in wanted
            if key not in known
        ]
        name = _counted(self.opts, done)
        if failures:
            return self.page(
                request,
                "admin/desk/result.html",
                title=f"{verb.done}: {done} of {done + len(failures)}",
                verb=verb,
                done=name if done else "",
                failures=failures,
                back=self.url("changelist"),
            )
        self.message_user(request, f"{verb.done}: {name}.", messages.SUCCESS)
        return HttpResponseRedirect(self._back(rows))

    def _back(self, rows: Sequence[M]) -> str:
        if len(rows) == 1:
            return self.url("change", rows[0].pk)
        return self.url("changelist")


def _as_action(verb: Verb) -> Action:
    @admin.action(permissions=["operate"], description=verb.label)
    def act(
        desk: Acting[models.Model],
        request: HttpRequest,
        queryset: models.QuerySet[models.Model],
    ) -> HttpResponse:
        chosen = queryset.order_by("pk").values_list("pk", flat=True)
        return desk.answer_verb(request, verb, list(chosen[: verbs.MAX_ROWS + 1]))

    act.__name__ = verb.name
    return act


def _unfit(rows: Sequence[models.Model], wanted: int) -> str:
    if wanted > verbs.MAX_ROWS:
        return f"Choose at most {verbs.MAX_ROWS} rows at a time. Nothing was changed."
    if not rows:
        return "Nothing was chosen that exists. Nothing was changed."
    if len({getattr(row, "deployment_id", None) for row in rows}) > 1:
        return (
            "These rows belong to more than one deployment. Choose rows of one. "
            "Nothing was changed."
        )
    return ""


def _counted(opts: Any, number: int) -> str:  # Any: Options, which stubs make generic
    return f"{number} {opts.verbose_name if number == 1 else opts.verbose_name_plural}"
