"""What people fill in: each form cleans its input and speaks of its own fields."""

import uuid
from datetime import UTC, datetime, time, timedelta

from django import forms
from django.utils.functional import cached_property

from apiauth import keys, text
from apiauth.errors import ApiAuthError
from apiauth.models import Key, PortalSession
from vanity import expiries, grants

# What operations call their fields, and what the forms call them.
_FIELDS = {"expires_at": "expiry", "overlap_seconds": "grace"}


class PortalForm(forms.Form):
    """A form that can take an operation's refusal."""

    def refuse(self, refusal: ApiAuthError) -> None:
        """Put an operation's refusal beside the field that it is about."""
        field = _FIELDS.get(refusal.field or "", refusal.field)
        self.add_error(field if field in self.fields else None, refusal.message)


class ExpiryForm(PortalForm):
    """Until when a key works: a preset, a date, or no end where policy permits.

    The attempt's token makes a second submission of the same form harmless.
    """

    attempt = forms.UUIDField(
        initial=uuid.uuid4, widget=forms.HiddenInput(attrs={"id": None})
    )
    expiry = forms.ChoiceField(label="Expiry", widget=forms.RadioSelect)
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="The key works until the end of this day, in UTC.",
        widget=forms.DateInput(attrs={"type": "date", "class": "input"}),
    )

    def __init__(
        self, data: object = None, *, session: PortalSession, now: datetime
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self.session, self.now = session, now
        self.policy = session.app.rules
        self.expiries = expiries.lives(self.policy, now=now)
        field = self.fields["expiry"]
        field.choices = [(o.value, o.label) for o in self.expiries]  # type: ignore[attr-defined]
        field.initial = expiries.usual_life(self.policy)
        if self.policy.expiry_max_days:
            field.help_text = f"At most {self.policy.expiry_max_days} days."
        self._bound_date()

    def _bound_date(self) -> None:
        attrs = self.fields["expires_on"].widget.attrs
        attrs["min"] = f"{self.now.date():%Y-%m-%d}"
        if self.policy.expiry_max_days:
            last = self.now + timedelta(days=self.policy.expiry_max_days)
            attrs["max"] = f"{last:%Y-%m-%d}"

    @property
    def token(self) -> str:
        return str(self.cleaned_data["attempt"])

    @property
    def expires_at(self) -> datetime | None:
        """The moment that was chosen; None for no end."""
        chosen = self.cleaned_data["expiry"]
        if chosen == "never":
            return None
        if chosen != "date":
            return self.now + timedelta(days=int(chosen))
        end = datetime.combine(self.cleaned_data["expires_on"], time(23, 59), UTC)
        longest = self.policy.expiry_max_days
        last = self.now + timedelta(days=longest) if longest else end
        # The last permitted day is permitted, though its evening may be too late.
        return last if end.date() == last.date() else end

    def clean_expires_on(self) -> object:
        """A date is needed only when the choice says so."""
        day = self.cleaned_data["expires_on"]
        if self.data.get("expiry") != "date":
            return day
        if day is None:
            raise forms.ValidationError("Choose the last day this key shall work.")
        if day < self.now.date():
            raise forms.ValidationError("The last day must not be in the past.")
        return day


class CreateKey(ExpiryForm):
    """A new key: name, description, expiry, permissions."""

    name = forms.CharField(
        label="Name",
        max_length=text.NAME,
        help_text="Where the key will be used, such as “Production backend”.",
        widget=forms.TextInput(attrs={"class": "input", "autofocus": True}),
        error_messages={"required": "Give the key a name."},
    )
    description = forms.CharField(
        label="Description",
        max_length=text.DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
    )
    permissions = forms.MultipleChoiceField(required=False)
    full_access = forms.BooleanField(required=False)
    field_order = ("name", "description", "expiry", "expires_on", "permissions")

    def __init__(
        self, data: object = None, *, session: PortalSession, now: datetime
    ) -> None:
        super().__init__(data, session=session, now=now)
        self.grantable = grants.grantable(session.app, session.ticket)
        choices = [(grant.slug, grant.label) for grant in self.grantable]
        self.fields["permissions"].choices = choices  # type: ignore[attr-defined]

    @property
    def groups(self) -> list[grants.Group]:
        return grants.grouped(self.grantable)

    @property
    def has_many_grants(self) -> bool:
        return len(self.grantable) > grants.MANY

    @property
    def needs_full_access(self) -> bool:
        return len(self.grantable) > 1

    @cached_property
    def chosen(self) -> set[str]:
        """The permissions that are ticked: as sent, or the operator's defaults."""
        if self.is_bound:
            return set(self.data.getlist("permissions"))  # type: ignore[attr-defined]
        return {grant.slug for grant in self.grantable if grant.is_default}

    def clean(self) -> None:
        """No permission at all, or all of them, is never an oversight."""
        chosen = self.cleaned_data.get("permissions")
        if not self.grantable or chosen is None:
            return
        if not chosen:
            self.add_error("permissions", "Choose at least one permission.")
        elif self._is_unconfirmed_full_access(chosen):
            sentence = "Confirm that this key shall have full access."
            self.add_error("permissions", sentence)

    def _is_unconfirmed_full_access(self, chosen: list[str]) -> bool:
        is_all = self.needs_full_access and len(chosen) == len(self.grantable)
        return is_all and not self.cleaned_data.get("full_access")

    @property
    def draft(self) -> keys.Draft:
        """The key that was asked for."""
        cleaned = self.cleaned_data
        return keys.Draft(
            name=cleaned["name"],
            description=cleaned["description"],
            permissions=cleaned["permissions"] or None,
            grantable=self.session.ticket.grantable_permissions,
            expires_at=self.expires_at,
        )


class RenameKey(PortalForm):
    """Another name or description for a key."""

    name = forms.CharField(
        label="Name",
        max_length=text.NAME,
        widget=forms.TextInput(attrs={"class": "input"}),
        error_messages={"required": "Give the key a name."},
    )
    description = forms.CharField(
        label="Description",
        max_length=text.DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
    )


class RotateKey(ExpiryForm):
    """A new secret: how long the old one stays, and until when the new one lives.

    The latter is asked only where the key's expiry cannot stay: it has passed, or it
    is later than the policy permits a new secret by now.
    """

    grace = forms.TypedChoiceField(
        label="Old secret", coerce=int, widget=forms.RadioSelect
    )
    version = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": None}))

    def __init__(
        self,
        data: object = None,
        *,
        key: Key,
        session: PortalSession,
        at_once: bool = False,
        now: datetime,
    ) -> None:
        super().__init__(data, session=session, now=now)
        self.fields["version"].initial = key.versions[0].version
        self.is_renewal = key.expires_at is not None and key.expires_at <= now
        broken = self.policy.broken_by(
            secret_made_at=now, secret_ends_at=None, expires_at=key.expires_at
        )
        self.needs_expiry = self.is_renewal or bool(broken)
        if not self.needs_expiry:
            del self.fields["expiry"], self.fields["expires_on"]
        if self.is_renewal:
            del self.fields["grace"]
        else:
            self._offer_graces(key, at_once=at_once)

    def _offer_graces(self, key: Key, *, at_once: bool) -> None:
        self.graces = expiries.graces(self.policy, key, now=self.now)
        field = self.fields["grace"]
        field.choices = [(o.value, o.label) for o in self.graces]  # type: ignore[attr-defined]
        usual = min(expiries.USUAL_GRACE, int(self.graces[-1].value))
        field.initial = "0" if at_once else str(usual)

    @property
    def overlap_seconds(self) -> int:
        return int(self.cleaned_data.get("grace", 0))

    @property
    def new_expiry(self) -> datetime | None:
        return self.expires_at if self.needs_expiry else keys.KEEP


class StoredKey(forms.Form):
    """Which version of a key's secret was shown; it is said to be stored."""

    version = forms.IntegerField()


class RevokeKey(PortalForm):
    """Why a key ends; one that is in use also wants its name typed."""

    reason = forms.ChoiceField(
        label="Reason",
        choices=(
            ("", "Choose a reason"),
            ("no_longer_needed", "No longer needed"),
            ("leaked", "It leaked, or may have"),
            ("replaced", "Replaced by another key"),
            ("owner_left", "Its owner left"),
            ("other", "Something else"),
        ),
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"required": "Choose a reason."},
    )
    note = forms.CharField(
        label="Note",
        max_length=text.REASON,
        required=False,
        help_text="Kept in the history. Never paste the key itself.",
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
    )
    typed_name = forms.CharField(
        label="Type the name of the key to confirm",
        widget=forms.TextInput(attrs={"class": "input", "spellcheck": "false"}),
        error_messages={"required": "Type the name of the key."},
    )

    def __init__(self, data: object = None, *, key: Key, is_busy: bool) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self.key = key
        self.fields["reason"].required = key.app.rules.reason_required
        self.fields["typed_name"].help_text = key.name
        if not is_busy:
            del self.fields["typed_name"]

    def clean_reason(self) -> str:
        """A form says a reason or leaves it open; without the member it is none."""
        if "reason" not in self.data:
            raise forms.ValidationError("Choose a reason, or leave it open, and send.")
        reason: str = self.cleaned_data["reason"]
        return reason

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        # Pages show runs of spaces as one, and some keyboards compose no letters.
        if text.as_read(typed) != text.as_read(self.key.name):
            raise forms.ValidationError("This is not the name of the key.")
        return typed
