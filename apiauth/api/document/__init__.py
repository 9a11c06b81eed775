"""The description of the API: OpenAPI 3.1, made from the schemas that the code uses."""

from apiauth.api.document.building import build
from apiauth.api.document.operations import Operation

__all__ = ["Operation", "build"]
