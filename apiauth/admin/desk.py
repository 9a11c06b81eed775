"""What every list and page of the operators has in common."""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ActionLocation, helpers
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST

from apiauth import credentials, text
from apiauth.admin.acting import Acting
from apiauth.admin.generic import Paginator
from apiauth.admin.spans import SpannedList

type Tool = tuple[str, str]  # label, address

COUNTED = 10_000
_DATE_PARTS = ("year", "month", "day")


class BoundedPaginator(Paginator[Any]):  # Any: rows of any list
    """Counts no further than anybody pages, whatever the table holds."""

    @cached_property
    def count(self) -> int:
        rows: models.QuerySet[Any] = self.object_list  # type: ignore[assignment] # ours are
        return rows[:COUNTED].count()


class Desk[M: models.Model](Acting[M]):
    """Read-only rows; whoever may `change` them may use the verbs on them."""

    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    list_select_related: ClassVar[tuple[str, ...]] = ()

    # ------------------------------------------------------------- permissions

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def has_view_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return self.may(request, "view") or self.may(request, "change")

    def may(self, request: HttpRequest, what: str) -> bool:
        return request.user.has_perm(f"apiauth.{what}_{self.opts.model_name}")

    # -------------------------------------------------------------------- rows

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        rows = super().get_queryset(request)
        if self.list_select_related:
            rows = rows.select_related(*self.list_select_related)
        return rows.fetch_mode(models.FETCH_RAISE)

    # ------------------------------------------------------------------- pages

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "verbs/<slug:name>/",
                self.admin_site.admin_view(require_POST(self.verb_view)),
                name=self.url_name("verb"),
            ),
            *self.own_urls(),
            *super().get_urls(),
        ]

    def own_urls(self) -> list[URLPattern]:
        """Pages of this subject alone; they come before Django's own."""
        return []

    def list_tools(self, request: HttpRequest) -> list[Tool]:
        """Links above the list."""
        return []

    def row_tools(self, request: HttpRequest, row: M) -> list[Tool]:
        """Links above a row's page."""
        return []

    def history_url(self, row: M) -> str | None:
        """Where the history of this row is read."""
        return None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let an address narrow a list by what the list offers, and by nothing else.

        Any other column would answer questions about digests, or fail on a value
        that it cannot be compared with.
        """
        return lookup in self._offered_lookups(request)

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: models.QuerySet[M],
        search_term: str,
    ) -> tuple[models.QuerySet[M], bool]:
        """Look for text as it is stored, however a keyboard composes it."""
        wanted = text.composed(search_term)
        return super().get_search_results(request, queryset, wanted)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SpannedList

    def response_action(
        self,
        request: HttpRequest,
        queryset: models.QuerySet[M],
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> HttpResponse | None:
        """Carry out an action of the list, unless what was chosen is no id."""
        try:
            for chosen in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(chosen, None)
        except ValidationError:
            sentence = "Something chosen is no row of this list. Nothing was changed."
            self.message_user(request, sentence, messages.ERROR)
            return None
        return super().response_action(request, queryset, action_location)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if any(map(credentials.looks_right, request.GET.get("q", "").split())):
            return self._whole_key_in_search(request)
        shown = {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "tools": self.list_tools(request),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":  # nothing is saved here; verbs have addresses
            raise PermissionDenied
        row = self.get_object(request, object_id)
        title = str(self.opts.verbose_name).capitalize()
        shown: dict[str, Any] = {"title": title, **(extra_context or {})}
        if row is not None and self.has_view_permission(request, row):
            shown["tools"] = self.row_tools(request, row)
            shown["history_url"] = self.history_url(row)
            shown["verbs"] = self.verbs_for(request, row)
        return super().change_view(request, object_id, form_url, shown)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to our own history; Django's knows nothing of these rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        url = None if row is None else self.history_url(row)
        return HttpResponseRedirect(url or self.url("changelist"))

    def _offered_lookups(self, request: HttpRequest) -> set[str]:
        offered = {f"{self.date_hierarchy}__{part}" for part in _DATE_PARTS}
        for entry in self.get_list_filter(request):
            if isinstance(entry, tuple):  # a span of time
                offered |= {f"{entry[0]}__{edge}" for edge in ("gte", "lt", "isnull")}
            else:
                offered.add(getattr(entry, "parameter_name", ""))
        return offered

    def _whole_key_in_search(self, request: HttpRequest) -> HttpResponse:
        self.message_user(
            request,
            "That was a whole key, and searching has put it into an address. Find "
            "keys by pasting them here instead; consider replacing that one.",
            messages.WARNING,
        )
        return HttpResponseRedirect(reverse("admin:apiauth_key_find"))
