"""The walls of docs/style.md that no tool draws for us."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from devtools.paths import ROOT

PRODUCT = ("apiauth", "vanity", "config")
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
GUARDS = {"BackendKeyAuth", "SessionAuth", "TicketAuth", "portal_session"}
# Open to everybody on purpose, each for its reason.
OPEN = {
    "admin": "leads to the sign-in",
    "admin/login/": "is the sign-in",
    "d/<uuid:deployment_id>/vanity/api-auth": "the same as vanity/api-auth",
    "docs": "is read by everybody",
    "gateway/envoy/<anything:rest>": "reads which proxy asks itself",
    "gateway/forward-auth": "reads which proxy asks itself",
    "gateway/nginx": "reads which proxy asks itself",
    "health": "is asked by client libraries",
    "livez": "is asked by probes",
    "openapi.json": "is read by everybody",
    "readyz": "is asked by probes",
    "v1/authz/check": "the key under test is the credential; reads who asks itself",
    "v1/authz/check-batch": "the same",
    "vanity/api-auth": "redeems a ticket, or says that one is needed",
    "vanity/api-auth/s/<uuid:locator>/resume": "proves itself by the binder",
}
# Where anything may have gone wrong: they answer with an error, each in its form.
LAST_RESORTS = [
    "apiauth/api/gateway/application.py",
    "apiauth/gateway/batcher.py",
    "apiauth/gateway/batcher.py",
    "vanity/gates.py",
]
WRITES = {
    "aupdate",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "save",
    "update",
    "update_or_create",
}
# Said in two parts, so that this file is none of its own findings.
REGISTRIES = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "python" + "hosted",
            "registry" + r"\.npmjs",
            "npmjs" + ".org",
        ]
    )
)


def python_files(*rooms: str) -> list[Path]:
    found = (path for room in rooms for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def tracked() -> list[Path]:
    """Every text of the project itself; not what tools have put into the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        check=True,
        cwd=ROOT,
        capture_output=True,
    ).stdout
    paths = (ROOT / name for name in listed.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


# What hosts install is held to the same.
FILES = names(python_files(*PRODUCT, "clients"))
TEMPLATES = names(sorted((ROOT / "templates").rglob("*.html")))
PAGES = [name for name in TEMPLATES if not name.startswith("templates/admin")]


# ------------------------------------------------------------------------ addresses


def addresses(
    patterns: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, Callable[..., object]]]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        else:
            yield path, pattern.callback


ADDRESSES = dict(addresses(get_resolver().url_patterns))
OURS = {
    path: view
    for path, view in ADDRESSES.items()
    if not path.startswith("admin/") or path == "admin/login/"
}


def makers(view: object, seen: set[int] | None = None) -> set[str]:
    """Names of the functions that made a view, through all that wraps it."""
    seen = set() if seen is None else seen
    if id(view) in seen or not hasattr(view, "__code__"):
        return set()
    seen.add(id(view))
    cells = getattr(view, "__closure__", None) or ()
    inner = [getattr(view, "__wrapped__", None), *(c.cell_contents for c in cells)]
    made_by = {view.__code__.co_qualname.partition(".")[0]}
    return made_by.union(*(makers(one, seen) for one in inner))


@pytest.mark.parametrize("path", sorted(OURS))
def test_every_view_is_guarded_or_open_for_a_reason(path):
    view = OURS[path]

    if path in OPEN:
        assert not getattr(view, "login_required", True), "it is not even open"
        return
    if "PathView" in makers(view):
        assert behind(view) <= {"Anybody", *GUARDS}
        return
    assert makers(view) & GUARDS or getattr(view, "login_required", True)


def behind(view: Callable[..., object]) -> set[str]:
    """Names of what guards the operations of the API at one address."""
    room = (view.__closure__ or ())[0].cell_contents
    return {type(guard).__name__ for o in room.operations for guard in o.auth_callbacks}


@pytest.mark.parametrize("path", sorted(set(ADDRESSES) - set(OURS)))
def test_the_admin_stays_behind_its_sign_in(path, client, db):
    own = {"admin/logout/", "admin/jsi18n/"}
    if path in own or "<" in path or "(" in path:
        assert path.startswith("admin/")
        return
    answer = client.get(f"/{path}")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


def test_what_is_open_exists():
    assert set(OPEN) <= set(ADDRESSES)


def test_no_trailing_slash_outside_the_admin():
    assert [
        p for p in ADDRESSES if p.endswith("/") and not p.startswith("admin/")
    ] == []


def test_every_page_of_the_portal_names_its_session():
    pages = {path for path in ADDRESSES if path.startswith("vanity/")}

    strangers = {
        p for p in pages if not p.startswith("vanity/api-auth/s/<uuid:locator>")
    }
    assert strangers == {"vanity/api-auth"}


# ----------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("path", FILES)
def test_no_file_is_a_drawer(path):
    assert len((ROOT / path).read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", FILES)
def test_no_function_needs_scrolling(path):
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
        and not _is_a_list_of_facts(node)
    ]

    assert long == []


def _is_a_list_of_facts(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the length is in keywords passed on, not in steps taken."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return len(body) <= MOST_LINES_OF_A_FUNCTION // 4


# ----------------------------------------------------------------------------- habits


@pytest.mark.parametrize("path", FILES)
def test_nothing_is_caught_that_nobody_named(path):
    broad = [
        handler.lineno
        for handler in ast.walk(parsed(path))
        if isinstance(handler, ast.ExceptHandler)
        and (
            handler.type is None
            or {"Exception", "BaseException"} & _names_in(handler.type)
        )
    ]

    assert len(broad) <= LAST_RESORTS.count(path), broad


@pytest.mark.parametrize("path", [p for p in FILES if p.startswith("vanity/")])
def test_the_portal_changes_nothing_by_itself(path):
    writes = [
        f"line {call.lineno}: {ast.unparse(call.func)}"
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in WRITES
        and ast.unparse(call.func.value) not in {"keys", "context", "links"}
    ]

    assert writes == []


@pytest.mark.parametrize("path", FILES)
def test_no_lock_stops_a_foreign_key(path):
    """A full lock lets nobody refer to the row, and then waits for them: deadlock."""
    full = [
        call.lineno
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "select_for_update"
        and "no_key=True" not in {ast.unparse(word) for word in call.keywords}
    ]

    assert full == []


def _names_in(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def test_no_file_names_a_registry():
    guilty = []
    for path in tracked():
        text = path.read_bytes().decode(errors="ignore")
        if path.name != "test_docs.py" and REGISTRIES.search(text):
            guilty.append(str(path.relative_to(ROOT)))

    assert guilty == []


# -------------------------------------------------------------------------- templates

FORBIDDEN = {
    "htmx handlers": r"hx-on\b",
    "scripts in values": r"""["'=]\s*(?:js|javascript):""",
    "filters of triggers": r"hx-trigger\s*=\s*[\"'][^\"']*\[",
    "inline scripts": r"<script(?![^>]*\bsrc=)",
    "inline styles": r"<style\b|\sstyle\s*=",
    "inline handlers": r"<[^>{%]*\son[a-z]+\s*=",
    "unescaped text": r"\|\s*safe\b|\{%\s*autoescape\s+off|\bsafeseq\b",
    "foreign addresses": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//",
}


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
@pytest.mark.parametrize("path", TEMPLATES)
def test_templates_hold_no(path, what):
    found = re.findall(FORBIDDEN[what], (ROOT / path).read_text(), re.IGNORECASE)

    assert found == []


@pytest.mark.parametrize("path", FILES)
def test_no_code_makes_html_of_text(path):
    made = re.findall(r"\bmark_safe\b|\bSafeString\(", (ROOT / path).read_text())

    assert made == []
