"""Rate-limit schemes on the wire (wacht-contract section 6)."""

from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import ConfigDict

from apiauth.api.outputs.apps import Rule
from apiauth.models import RateLimitScheme


class Scheme(Schema):
    """A named set of limits that apps may have in common."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0199a3c5-7a1e-7cc3-9d0c-6b1f0e2d4c5a",
                "deployment_id": "0199a3c5-5f10-7b7e-8f43-1f2e3d4c5b6a",
                "slug": "standard_tier",
                "name": "Standard tier",
                "description": None,
                "rules": [
                    {
                        "unit": "minute",
                        "duration": 1,
                        "max_requests": 100,
                        "mode": "per_key",
                        "priority": 0,
                    }
                ],
                "created_at": "2026-11-02T09:30:00Z",
                "updated_at": "2026-11-02T09:30:00Z",
            }
        }
    )

    id: str
    deployment_id: str
    slug: str
    name: str
    description: str | None
    rules: list[Rule]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, scheme: RateLimitScheme) -> Self:
        """Show a scheme."""
        return cls(
            id=str(scheme.id),
            deployment_id=str(scheme.deployment_id),
            slug=scheme.slug,
            name=scheme.name,
            description=scheme.description or None,
            rules=scheme.rules,
            created_at=scheme.created_at,
            updated_at=scheme.updated_at,
        )


class SchemeList(Schema):
    """All schemes of a deployment, last updated first."""

    schemes: list[Scheme]
    total: int
