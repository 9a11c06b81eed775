"""How static files are named and sent."""

from collections.abc import MutableMapping

from whitenoise.storage import CompressedManifestStaticFilesStorage

_FOR_OTHER_SITES = "/static/embed/"


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped  # type: ignore[misc]  # untyped
    """Names by content, in the imports of our own modules too."""

    # Else a page of today could load a module of yesterday from a cache.
    support_js_module_import_aggregation = True


def add_headers(headers: MutableMapping[str, str], _path: str, url: str) -> None:
    """Let hosts on other sites load the embed script, and nothing else."""
    if url.startswith(_FOR_OTHER_SITES):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
