"""What is shown of a key."""

from datetime import datetime

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apiauth import credentials
from apiauth.actors import Channel
from apiauth.admin import shown
from apiauth.models import Key


class KeyColumns:
    """The columns of the list and the fields of the page."""

    @admin.display(description="Key")
    def masked_shown(self, row: Key) -> SafeString | str:
        return shown.code(credentials.masked(row.prefix, row.last_eight[-4:]))

    @admin.display(description="Owner", ordering="owner_id")
    def owner(self, row: Key) -> SafeString | str:
        if not row.owner_id:
            return "the app itself"
        return format_html("{} <code>{}</code>", row.owner_kind, row.owner_id)

    @admin.display(description="App", ordering="app__name")
    def of(self, row: Key) -> SafeString:
        return format_html(
            '{}<br><span class="quiet">{}</span>', row.app.name, row.deployment.name
        )

    @admin.display(description="State")
    def state(self, row: Key) -> SafeString:
        now = timezone.now()
        if row.revoked_at is not None:
            return shown.status("Revoked")
        if row.expires_at is not None and row.expires_at <= now:
            return shown.status("Expired", "bad")
        if row.disabled_at is not None:
            return shown.status("Paused")
        if row.old_secret_ends_at is not None and row.old_secret_ends_at > now:
            return shown.status("Live, old secret too", "warn")
        if row.created_via == Channel.PORTAL and row.acknowledged_at is None:
            return shown.status("Live, unconfirmed", "warn")
        return shown.status("Live", "good")

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, row: Key) -> SafeString | str:
        return shown.moment(row.last_used_at, "never")

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, row: Key) -> SafeString | str:
        return shown.moment(row.expires_at, "never")

    @admin.display(description="Created", ordering="created_at")
    def created(self, row: Key) -> SafeString | str:
        return shown.moment(row.created_at)

    @admin.display(description="Id")
    def id_shown(self, row: Key) -> SafeString | str:
        return shown.code(row.pk)

    @admin.display(description="The host's ids")
    def ids(self, row: Key) -> SafeString | str:
        given = (
            ("organization", row.organization_id),
            ("person", row.user_id),
            ("workspace", row.workspace_id),
        )
        pairs = [pair for pair in given if pair[1]]
        return format_html_join(", ", "{} <code>{}</code>", pairs) or "none"

    @admin.display(description="Made by")
    def made_by(self, row: Key) -> str:
        return f"{row.created_by_label or 'unknown'}, in the {row.created_via}"

    @admin.display(description="Permissions")
    def permissions_shown(self, row: Key) -> SafeString | str:
        return shown.words(row.permissions)

    @admin.display(description="Metadata")
    def metadata_shown(self, row: Key) -> SafeString | str:
        return shown.facts(row.metadata)

    @admin.display(description="Stored by its holder")
    def acknowledged(self, row: Key) -> SafeString | str:
        return shown.moment(row.acknowledged_at, "not confirmed")

    @admin.display(description="Paused")
    def paused(self, row: Key) -> SafeString | str:
        return shown.moment(row.disabled_at)

    @admin.display(description="Updated")
    def updated(self, row: Key) -> SafeString | str:
        return shown.moment(row.updated_at)

    @admin.display(description="From")
    def address(self, row: Key) -> str:
        return row.last_address or shown.NOTHING

    @admin.display(description="By")
    def agent(self, row: Key) -> str:
        return row.last_agent or shown.NOTHING

    @admin.display(description="Accepted")
    def total(self, row: Key) -> str:
        return f"{row.uses} times"

    @admin.display(description="Versions")
    def secrets_shown(self, row: Key) -> SafeString:
        secrets = row.secrets.defer("digest", "pepper_id").order_by("-version")
        versions = (
            (
                secret.version,
                secret.masked,
                shown.moment(secret.created_at),
                _end(secret.ends_at),
            )
            for secret in secrets
        )
        rows = format_html_join(
            "", "<li>{}: <code>{}</code>, made {}, {}</li>", versions
        )
        return format_html('<ul class="versions">{}</ul>', rows)

    @admin.display(description="Revoked")
    def revoked(self, row: Key) -> SafeString | str:
        return shown.moment(row.revoked_at)

    @admin.display(description="By")
    def revoked_by(self, row: Key) -> str:
        return row.revoked_by_label or "an operator; the history says who"

    @admin.display(description="Why")
    def revoked_why(self, row: Key) -> str:
        said = (row.revoked_reason, row.revoked_note)
        return ": ".join(part for part in said if part) or shown.NOTHING


def _end(at: datetime | None) -> SafeString | str:
    if at is None:
        return "current"
    word = "works until" if at > timezone.now() else "ended"
    return format_html("{} {}", word, shown.moment(at))
