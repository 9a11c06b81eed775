"""The one form of every refusal (wacht-contract section 3)."""

from ninja import Schema
from pydantic import Field


class Problem(Schema):
    """One thing that was wrong."""

    message: str = Field(description="A sentence for people.")
    code: str = Field(description="For programs; see the list of codes.")
    field: str | None = Field(None, description="The member to mend, where one is.")


class Error(Schema):
    """Why a request was refused; nothing was changed."""

    message: str = Field(description="A sentence for people.")
    code: str = Field(description="For programs; see the list of codes.")
    errors: list[Problem] = Field(description="Everything that was wrong.")
    details: dict[str, str | int] | None = Field(
        None, description="Facts a program may act on."
    )
