"""What is shown of an app."""

from django.contrib import admin
from django.utils.safestring import SafeString

from apiauth import credentials
from apiauth.admin import shown
from apiauth.models import ApiAuthApp


class AppColumns:
    """The columns of the list and the fields of the page."""

    @admin.display(description="Slug", ordering="app_slug")
    def slug_shown(self, row: ApiAuthApp) -> SafeString | str:
        return shown.code(row.app_slug)

    @admin.display(description="Deployment", ordering="deployment__name")
    def of(self, row: ApiAuthApp) -> str:
        return row.deployment.name

    @admin.display(description="Prefix", ordering="key_prefix")
    def prefix(self, row: ApiAuthApp) -> SafeString | str:
        return shown.code(row.key_prefix)

    @admin.display(description="State", ordering="is_active")
    def state(self, row: ApiAuthApp) -> SafeString:
        if row.deleted_at is not None:
            return shown.status("Deleted")
        return shown.status("On", "good") if row.is_active else shown.status("Off")

    @admin.display(description="Live keys", ordering="key_count")
    def keys(self, row: ApiAuthApp) -> int:
        return int(getattr(row, "key_count", 0))

    @admin.display(description="Created", ordering="created_at")
    def created(self, row: ApiAuthApp) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="Updated")
    def updated(self, row: ApiAuthApp) -> SafeString | str:
        return shown.moment(row.updated_at)

    @admin.display(description="Deleted")
    def deleted(self, row: ApiAuthApp) -> SafeString | str:
        return shown.moment(row.deleted_at)

    @admin.display(description="Id")
    def id_shown(self, row: ApiAuthApp) -> SafeString | str:
        return shown.code(row.pk)

    @admin.display(description="Keys look like")
    def sample(self, row: ApiAuthApp) -> SafeString | str:
        return shown.code(credentials.masked(row.key_prefix, "k9Qe"))

    @admin.display(description="Permissions")
    def permissions_shown(self, row: ApiAuthApp) -> SafeString | str:
        return shown.words(row.permissions, "any")

    @admin.display(description="Their labels")
    def details(self, row: ApiAuthApp) -> SafeString | str:
        return shown.facts(row.permission_details)

    @admin.display(description="Own rules")
    def rules(self, row: ApiAuthApp) -> SafeString | str:
        return shown.facts(row.policy, "the defaults")

    @admin.display(description="Rate-limit scheme")
    def limits(self, row: ApiAuthApp) -> SafeString | str:
        return shown.code(row.rate_limit_scheme_slug)

    @admin.display(description="Tickets may carry")
    def capabilities_shown(self, row: ApiAuthApp) -> SafeString | str:
        return shown.words(row.ceiling, "nothing")

    @admin.display(description="May embed the desk")
    def origins(self, row: ApiAuthApp) -> SafeString | str:
        return shown.words(row.allowed_origins, "no page")

    @admin.display(description="Ends when unused for")
    def idle(self, row: ApiAuthApp) -> str:
        return f"{row.session_idle_seconds} seconds"

    @admin.display(description="Ends after")
    def longest(self, row: ApiAuthApp) -> str:
        return f"{row.session_absolute_seconds} seconds"

    @admin.display(description="Needs a browser that keeps cookies")
    def bound(self, row: ApiAuthApp) -> str:
        return "yes" if row.require_bound_session else "no"

    @admin.display(description="Resources")
    def resources_shown(self, row: ApiAuthApp) -> SafeString | str:
        return shown.words(row.resources)
