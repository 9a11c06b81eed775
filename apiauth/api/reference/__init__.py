"""The description of the API: `/openapi.json` for programs, `/docs` for people."""

from apiauth.api.reference.views import described, paths

__all__ = ["described", "paths"]
