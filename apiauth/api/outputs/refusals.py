"""The one form of every refusal (wacht-contract section 3)."""

from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from apiauth.api.outputs.apps import MaybeText
from apiauth.api.vocabularies import ErrorCode


def _is_unset(value: object) -> bool:
    return value is None


class Problem(Schema):
    """One thing that was wrong."""

    message: str = Field(description="A sentence for people.")
    code: ErrorCode = Field(description="For programs.")
    field: MaybeText = Field(
        default=None, description="The member to mend, where one is."
    )


class Error(Schema):
    """Why a request was refused; nothing was changed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "message": "This name is in use. Choose another one.",
                    "code": "name_taken",
                    "errors": [
                        {
                            "message": "This name is in use. Choose another one.",
                            "code": "name_taken",
                            "field": "name",
                        }
                    ],
                    "details": {"field": "name"},
                }
            ]
        }
    )

    message: str = Field(description="A sentence for people.")
    code: ErrorCode = Field(description="For programs: act on this.")
    errors: list[Problem] = Field(description="Everything that was wrong.")
    details: Annotated[dict[str, str | int] | None, Field(exclude_if=_is_unset)] = (
        Field(default=None, description="Facts that a program may act on.")
    )
