"""Form fields for what the models keep as lists and rules."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.forms.fields import InvalidJSONInput

from apiauth import policies, text
from apiauth.errors import ApiAuthError


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:  # Any: what CharField takes
        kwargs.setdefault("required", False)
        kwargs.setdefault(
            "widget",
            forms.Textarea(attrs={"rows": 5, "class": "lines", "spellcheck": "false"}),
        )
        super().__init__(max_length=20_000, **kwargs)

    def to_python(self, value: object) -> list[str]:  # type: ignore[override] # a list
        if isinstance(value, list):
            return value
        lines = str(super().to_python(value) or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def prepare_value(self, value: object) -> object:
        if isinstance(value, list | tuple):
            return "\n".join(map(str, value))
        return value

    def validate(self, value: object) -> None:
        forms.Field.validate(self, value)

    def run_validators(self, value: object) -> None:
        """The operations judge each entry; there is nothing left to do here."""


class JsonField(forms.JSONField):
    """JSON that is shown again as it was entered, also when no page could show it."""

    def bound_data(self, data: Any, initial: Any) -> Any:  # Any: as Django has it
        return data if data is None else InvalidJSONInput(data)

    def to_python(self, value: Any) -> Any:  # Any: what JSON can say
        try:
            return super().to_python(value)
        except RecursionError:
            raise forms.ValidationError("This is nested too deeply.") from None


class PolicyForm(forms.Form):
    """The rules of an app, each a field of its own."""

    expiry_required = forms.BooleanField(
        required=False, label="Every key must expire", initial=False
    )
    expiry_default_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=policies.MAX_LIFETIME_DAYS,
        label="Suggested life in days",
        help_text="Chosen for new keys unless their maker says otherwise.",
        initial=policies.Policy().expiry_default_days,
    )
    expiry_max_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=policies.MAX_LIFETIME_DAYS,
        label="Longest life in days",
        help_text="How long a secret may live: to renew a key is to rotate it. "
        "Empty: for ever.",
    )
    overlap_max_seconds = forms.IntegerField(
        min_value=0,
        max_value=policies.MAX_OVERLAP_SECONDS,
        label="Longest overlap in seconds",
        help_text="How long an old secret may work beside its successor.",
        initial=policies.Policy().overlap_max_seconds,
    )
    keys_per_owner = forms.IntegerField(
        min_value=1,
        max_value=policies.MAX_KEYS_PER_OWNER,
        label="Live keys per owner",
        initial=policies.Policy().keys_per_owner,
    )
    reason_required = forms.BooleanField(
        required=False, label="Revoking asks for a reason"
    )
    networks = LinesField(
        help_text="Where its keys may be used from, one a line: 10.0.0.0/8, "
        "2001:db8::/32, 192.0.2.7. None: anywhere.",
    )
    at_check = forms.ChoiceField(
        choices=(
            (policies.AtCheck.OFF, "Goes on to work"),
            (policies.AtCheck.REPORT, "Goes on to work, and the gateway is told"),
            (policies.AtCheck.ENFORCE, "Is refused from now on"),
        ),
        required=False,
        label="A key that breaks the rules for its life",
        help_text="A rule may be younger than the key. A longest life counts from "
        "when the key's secret was made.",
        initial=policies.Policy().at_check,
    )

    def clean_at_check(self) -> str:
        return str(self.cleaned_data["at_check"] or policies.Policy().at_check)

    def policy(self) -> dict[str, object]:
        """The rules that differ from the defaults."""
        usual = {**asdict(policies.Policy()), "networks": []}
        return {
            name: self.cleaned_data[name]
            for name in PolicyForm.base_fields
            if self.cleaned_data[name] != usual[name]
        }


class ReasonField(forms.CharField):
    """Why something is done: what hides in it is refused, never repaired."""

    def __init__(self, **kwargs: Any) -> None:  # Any: what CharField takes
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        )
        super().__init__(max_length=text.REASON, **kwargs)

    def clean(self, value: object) -> str:
        cleaned = super().clean(value)
        try:
            return text.clean(cleaned, field="reason", max_length=text.REASON)
        except ApiAuthError as refusal:
            raise forms.ValidationError(refusal.message) from None


def name_field(label: str = "Name", **kwargs: Any) -> forms.CharField:
    # Any: what CharField takes.
    return forms.CharField(
        label=label,
        max_length=text.NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        **kwargs,
    )


def text_field(label: str, max_length: int, **kwargs: Any) -> forms.CharField:
    # Any: what CharField takes.
    return forms.CharField(
        label=label,
        max_length=max_length,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "vTextField",
            }
        ),
        **kwargs,
    )
