"""Verbs on rows: first a page that says what will happen, then the operation.

A verb is reached by POST alone, from a list with many rows or from a row's own
page. The confirmation names the rows it will touch, by id: what was read is what
is changed, however the list may look by then.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db import models

from apiauth import text
from apiauth.actors import Actor
from apiauth.admin.fields import ReasonField
from apiauth.errors import ApiAuthError

MAX_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Something an operator may do to rows of one model.

    `carry_out` calls one operation for one row; a refusal is that row's failure.
    `typed` gives the word that must be typed when the row is alone.
    """

    name: str
    label: str  # "Revoke keys"
    button: str  # "Revoke key"
    done: str  # "Revoked"
    sentence: str
    # Rows of any model; each admin hands in verbs for its own.
    carry_out: Callable[[Any, Actor, datetime, str], object]
    applies: Callable[[Any], bool]
    consequence: Callable[[Sequence[Any], datetime], str] | None = None
    typed: Callable[[Any], str] | None = None
    is_grave: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A row that a verb could not be done to, and why."""

    row: str
    sentence: str


class Confirmation(forms.Form):
    """The reason, and the typed word where a verb asks for one."""

    reason = ReasonField()
    typed = forms.CharField(
        max_length=text.EXTERNAL_ID,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "vTextField",
            }
        ),
    )

    def __init__(self, *args: Any, word: str | None, **kwargs: Any) -> None:
        # Any: what forms take in Django is nobody's to repeat.
        super().__init__(*args, **kwargs)
        self.word = word
        if word is None:
            del self.fields["typed"]
        else:
            self.fields["typed"].label = f"Type {word} to confirm"

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if typed != self.word:
            raise forms.ValidationError(f"This is not {self.word}.")
        return typed


def ids(values: Sequence[str]) -> list[uuid.UUID]:
    """Read the ids that were sent, each once; what is no id is left out."""
    return list(dict.fromkeys(filter(None, map(_id, values))))


def carry_out(
    verb: Verb, rows: Sequence[models.Model], actor: Actor, now: datetime, reason: str
) -> list[Failure]:
    """Do it to every row by itself; returns the rows that refused."""
    failures = []
    for row in rows:
        try:
            verb.carry_out(row, actor, now, reason)
        except ApiAuthError as refusal:
            failures.append(Failure(row=f"{row} ({row.pk})", sentence=refusal.message))
    return failures


def _id(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
