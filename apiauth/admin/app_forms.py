"""The forms of an app: the one it begins with, and its settings."""

from django import forms

from apiauth import applications, text
from apiauth.admin import editing, fields
from apiauth.admin.editing import Wanted
from apiauth.models import ApiAuthApp, Capability, Deployment

_RULES = tuple(fields.PolicyForm.base_fields)


class CommonForm(fields.PolicyForm):
    """What is asked for a new app and an old one."""

    name = fields.name_field()
    description = fields.text_field("Description", text.DESCRIPTION, required=False)
    permissions = fields.LinesField(
        help_text="What its keys may be given, one a line, such as reports:read. "
        "None: any.",
    )
    permission_details = fields.JsonField(
        required=False,
        initial=dict,
        label="Labels of permissions",
        help_text='{"reports:read": {"label": "Read reports", "group": "Reports", '
        '"description": "", "default": true, "dangerous": false}}',
        widget=forms.Textarea(
            attrs={"rows": 5, "class": "lines", "spellcheck": "false"}
        ),
    )
    resources = fields.LinesField(
        help_text="Paths that its keys reach, one a line: /v1/reports, or /v1/* for "
        "everything below. None: all.",
    )
    capabilities = forms.MultipleChoiceField(
        choices=Capability.choices,
        required=False,
        initial=list(Capability.values),
        label="Tickets may carry",
        widget=forms.CheckboxSelectMultiple,
    )
    has_own_origins = forms.BooleanField(
        required=False, label="Only these pages may embed it, not the deployment's"
    )
    embed_origins = fields.LinesField(
        label="Its own origins", help_text="One a line, if the box above is ticked."
    )

    def clean_permission_details(self) -> object:
        return self.cleaned_data["permission_details"] or {}

    def wanted(self) -> Wanted:
        """What the operation is asked for."""
        values: Wanted = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {*_RULES, "has_own_origins", "edition"}
        }
        if set(values["capabilities"]) == set(Capability.values):
            values["capabilities"] = None
        if not self.cleaned_data["has_own_origins"]:
            values["embed_origins"] = None
        return {**values, "policy": self.policy()}


class SettingsForm(CommonForm, editing.SettingsForm):
    """What may be changed of an app."""

    session_idle_seconds = forms.IntegerField(
        label="End a session unused for, in seconds",
        min_value=applications.MIN_SESSION_SECONDS,
        max_value=applications.MAX_SESSION_SECONDS,
    )
    session_absolute_seconds = forms.IntegerField(
        label="End every session after, in seconds",
        min_value=applications.MIN_SESSION_SECONDS,
        max_value=applications.MAX_SESSION_SECONDS,
    )
    require_bound_session = forms.BooleanField(
        required=False, label="Refuse browsers that keep no cookies"
    )
    reason = fields.ReasonField(help_text="Goes into the history.")

    sections = (
        (None, {"fields": ("name", "description")}),
        ("Permissions", {"fields": ("permissions", "permission_details", "resources")}),
        ("Rules for keys", {"fields": _RULES}),
        (
            "Sessions",
            {
                "fields": (
                    "capabilities",
                    "has_own_origins",
                    "embed_origins",
                    "session_idle_seconds",
                    "session_absolute_seconds",
                    "require_bound_session",
                )
            },
        ),
        ("Why", {"fields": ("reason",)}),
    )

    def wanted(self) -> Wanted:
        return {**super().wanted(), "seen": self.cleaned_data["edition"]}


class ProvisionForm(CommonForm):
    """A new app."""

    deployment = forms.ModelChoiceField(
        queryset=Deployment.objects.order_by("name", "id")
    )
    app_slug = fields.text_field(
        "Slug", text.SLUG, help_text="For ever; hosts name the app by it."
    )
    key_prefix = fields.text_field(
        "Key prefix",
        31,
        help_text="With acme_live keys look like acme_live_····k9Qe.",
    )
    organization_id = fields.text_field("Organization", 255, required=False)
    user_id = fields.text_field("Person", 255, required=False)
    workspace_id = fields.text_field("Workspace", 255, required=False)

    sections = (
        (
            None,
            {
                "fields": (
                    "deployment",
                    "name",
                    "app_slug",
                    "key_prefix",
                    "description",
                )
            },
        ),
        ("Permissions", {"fields": ("permissions", "permission_details", "resources")}),
        ("Rules for keys", {"fields": _RULES}),
        (
            "Sessions",
            {"fields": ("capabilities", "has_own_origins", "embed_origins")},
        ),
        (
            "Owner, if the host has one for it",
            {"fields": ("organization_id", "user_id", "workspace_id")},
        ),
    )

    def wanted(self) -> Wanted:
        values = super().wanted()
        for owner in ("organization_id", "user_id", "workspace_id"):
            values[owner] = values[owner] or None
        values["granted"] = values.pop("permissions")
        return values


def stored(app: ApiAuthApp) -> Wanted:
    """An app's settings as its form shows them."""
    columns = {
        name: getattr(app, name)
        for name in SettingsForm.base_fields
        if hasattr(app, name)
    }
    rules = {name: getattr(app.rules, name) for name in _RULES}
    return {
        **columns,
        **rules,
        "networks": list(app.rules.networks),
        "capabilities": app.ceiling,
        "has_own_origins": app.embed_origins is not None,
        "embed_origins": app.embed_origins or [],
        "edition": applications.edition(app),
    }
