"""What may be asked of the log, its sums and the history; the same on every surface."""

import uuid
from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field

from apiauth import decisions, history, usage
from apiauth.actors import ActorKind
from apiauth.api.inputs import Moment
from apiauth.audit import Action

MOST_ROWS = 1000
MOST_TOP = 50
_OUTCOMES = {"allowed": True, "blocked": False}


def _unset(value: object) -> object:
    """Take an empty value as none: that is how forms leave something out."""
    return None if value == "" else value


def _clamp(most: int) -> AfterValidator:
    return AfterValidator(lambda value: min(max(value, 1), most))


_UNSET = BeforeValidator(_unset)
MaybeId = Annotated[uuid.UUID | None, _UNSET]
MaybeMoment = Annotated[Moment | None, _UNSET]
MaybeWord = Annotated[str | None, _UNSET]

_KEY = Field(None, description="One key alone.")
_START = Field(None, description="From this moment on.")
_END = Field(None, description="Before this moment.")
_LIMIT = Field(100, description=f"Rows a page; brought into 1 to {MOST_ROWS}.")
_CURSOR = Field(None, description="The `next_cursor` of the page before.")


class _Sums(Schema):
    start_date: MaybeMoment = _START
    end_date: MaybeMoment = _END
    key_id: MaybeId = _KEY

    def filters(self) -> decisions.Filters:
        return decisions.Filters(
            start=self.start_date, end=self.end_date, key_id=self.key_id
        )


class Log(Schema):
    """A page of the log of decisions. Without a start: the last 7 days."""

    limit: Annotated[int, _clamp(MOST_ROWS)] = _LIMIT
    offset: int = Field(
        0,
        description=f"Rows to skip, at most {decisions.MOST_SKIPPED}; "
        "ignored with a cursor.",
    )
    outcome: str | None = Field(
        None, description="`allowed` or `blocked`; anything else means both."
    )
    key_id: MaybeId = _KEY
    start_date: MaybeMoment = _START
    end_date: MaybeMoment = _END
    cursor: MaybeWord = _CURSOR
    cursor_ts: MaybeMoment = Field(
        None, description="Instead of a cursor: `timestamp` of the last row."
    )
    cursor_id: MaybeWord = Field(
        None, description="With `cursor_ts`: `request_id` of the last row."
    )

    def filters(self) -> decisions.Filters:
        return decisions.Filters(
            start=self.start_date,
            end=self.end_date,
            key_id=self.key_id,
            allowed=_OUTCOMES.get(self.outcome or ""),
        )

    def place(self) -> decisions.Place:
        return decisions.Place(
            cursor=self.cursor,
            row_moment=self.cursor_ts,
            row_id=self.cursor_id,
            offset=self.offset,
        )


class Analytics(_Sums):
    """Sums of the log. Without a start: the last 30 days."""

    include_top_keys: bool = False
    include_top_paths: bool = False
    include_blocked_reasons: bool = False
    include_rate_limits: bool = False
    top_limit: Annotated[int, _clamp(MOST_TOP)] = Field(
        10, description=f"Entries of each top list; brought into 1 to {MOST_TOP}."
    )

    def sections(self) -> set[usage.Section]:
        return {s for s in usage.Section if getattr(self, f"include_{s}")}


class Timeseries(_Sums):
    """The log by intervals of UTC. Without a start: the last 30 days, 3 by minutes."""

    interval: str | None = Field(
        None,
        description="`minute`, `hour`, `day`, `week` (from Sunday) or `month`; "
        "anything else means hour.",
    )

    def of_time(self) -> usage.Interval:
        known = {i.value: i for i in usage.Interval}
        return known.get(self.interval or "", usage.Interval.HOUR)


class Events(Schema):
    """A page of the history."""

    limit: Annotated[int, _clamp(MOST_ROWS)] = _LIMIT
    cursor: MaybeWord = _CURSOR
    action: Annotated[Action | None, _UNSET] = Field(None, description="What happened.")
    actor_kind: Annotated[ActorKind | None, _UNSET] = Field(
        None, description="Who acted."
    )
    key_id: MaybeId = _KEY
    organization_id: MaybeWord = Field(None, description="The host's own id.")
    user_id: MaybeWord = Field(None, description="The host's own id.")
    start_date: MaybeMoment = _START
    end_date: MaybeMoment = _END

    def filters(self) -> history.Filters:
        return history.Filters(
            action=self.action,
            actor_kind=self.actor_kind,
            key_id=self.key_id,
            organization_id=self.organization_id,
            user_id=self.user_id,
            start=self.start_date,
            end=self.end_date,
        )
