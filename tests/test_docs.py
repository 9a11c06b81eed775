"""What exists is written down, and what is written down exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from apiauth import audit, errors, gateway
from apiauth.api import slicing
from apiauth.http import requests, responses
from apiauth.models import Capability, Scope
from config import env
from devtools.door import COMMANDS
from devtools.paths import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
# Addresses that would tie a reader to one registry; package names are fine.
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|index-url|--registry"
)


def _read(name: str) -> str:
    return (ROOT / name).read_text()


def _pages() -> list[str]:
    """Our own pages; not what tools have put into the checkout."""
    rooms = [ROOT, ROOT / "docs", ROOT / "examples"]
    found = [page for room in rooms for page in room.glob("*.md")]
    found += (ROOT / "docs").glob("*/*.md")
    found += (ROOT / "examples").glob("*/*.md")
    found += (ROOT / "clients").glob("*/*.md")
    return sorted(str(page.relative_to(ROOT)) for page in found)


def _settings() -> set[str]:
    return set(re.findall(r'"(KEYPLATE_[A-Z_]+)"', _read("config/settings.py")))


def _addresses(
    patterns: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[str]:
    for pattern in patterns:
        path = before + CONVERTER.sub(r"{\1}", str(pattern.pattern))
        if path.startswith("admin"):
            continue
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, path)
        else:
            yield f"/{path}"


def _subclasses(kind: type[errors.ApiAuthError]) -> Iterator[type[errors.ApiAuthError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _codes() -> set[str]:
    refusals = {kind.code for kind in _subclasses(errors.ApiAuthError)}
    return refusals | {code for code, _ in responses.UNROUTED.values()}


def _anchors(page: str) -> set[str]:
    prose = FENCE.sub("", page)
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    bare = (re.sub(r"[^\w\- ]", "", title).strip().lower() for title in titles)
    return {title.replace(" ", "-") for title in bare}


def test_every_setting_has_its_line():
    missing = [
        n for n in _settings() if f"| `{n}` |" not in _read("docs/operations.md")
    ]

    assert not missing


def test_the_example_environment_knows_every_setting():
    missing = [name for name in _settings() if name not in _read(".env.example")]

    assert not missing


def test_the_example_environment_shows_what_goes_without_saying():
    shown = re.findall(
        r"^#(KEYPLATE_[A-Z_]+)=(.+)$", _read(".env.example"), re.MULTILINE
    )
    lines = re.findall(
        r"^\| `(\w+)` \|.*\| `(.+)` \|$", _read("docs/operations.md"), re.MULTILINE
    )
    told = {name: default.rstrip("/") for name, default in lines}

    of_compose = {"KEYPLATE_PORT"}
    differ = [(n, v) for n, v in shown if n not in of_compose and told.get(n) != v]
    assert shown
    assert not differ


def test_the_docs_name_no_setting_that_does_not_exist():
    named = set(re.findall(r"KEYPLATE_[A-Z_]+[A-Z]", _read("docs/operations.md")))

    extra = {f"{name}_FILE" for name in _settings()} | {"KEYPLATE_PORT"}
    assert named <= _settings() | extra


def test_every_address_is_in_the_reference():
    reference = _read("docs/api.md")

    missing = [a for a in _addresses(get_resolver().url_patterns) if a not in reference]

    assert not missing


def test_every_error_code_is_in_the_reference():
    assert requests.TooLarge.code in _codes()

    missing = [c for c in sorted(_codes()) if f"| `{c}` |" not in _read("docs/api.md")]

    assert not missing


def test_every_verdict_is_in_the_reference():
    reference = _read("docs/api.md")

    missing = [code for code in gateway.Code if f"| `{code.value}` |" not in reference]

    assert not missing


@pytest.mark.parametrize("vocabulary", [Capability, Scope])
def test_every_right_is_written_down(vocabulary):
    text = _read("docs/embedding.md") + _read("docs/api.md")

    missing = [value for value in vocabulary.values if f"`{value}`" not in text]

    assert not missing


def test_the_reference_tells_how_much_of_a_list_is_given():
    reference, usual = _read("docs/api.md"), slicing.Slicing.model_validate({})

    assert f"| `limit` | {usual.limit} | from 1 to {slicing.MOST} |" in reference
    assert f"the first, at most {slicing.FARTHEST} |" in reference
    assert reference.count("(#parts-of-a-list)") == 3


def test_every_command_of_ours_has_its_line():
    ours = [
        name for name, app in get_commands().items() if app in {"apiauth", "vanity"}
    ]

    missing = [n for n in ours if f"| `{n}` |" not in _read("docs/operations.md")]

    assert ours
    assert not missing


def test_every_action_of_the_history_is_written_down():
    text = _read("docs/security.md")
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", text))

    assert named == set(audit.Action.values)


def test_the_embed_guide_knows_every_event_and_attribute():
    script, guide = _read("static/embed/embed.js"), _read("docs/embedding.md")
    events = set(re.findall(r'"(portal:[a-z-]+)"', script))
    attributes = set(re.findall(r'(?:getAttribute|#limit)\(\s*"([a-z-]+)"', script))

    assert not [name for name in events | attributes if f"`{name}`" not in guide]


@pytest.mark.parametrize("page", _pages())
def test_every_command_exists(page):
    for _, block in FENCE.findall(_read(page)):
        for name, rest in re.findall(r"^\./dev (\w[\w-]*)(.*)$", block, re.MULTILINE):
            assert name in COMMANDS, page
            if name == "manage":
                assert rest.split()[0] in get_commands(), page


@pytest.mark.parametrize("page", _pages())
def test_every_link_leads_somewhere(page):
    for link in LINK.findall(FENCE.sub("", _read(page))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in _anchors(target.read_text()), f"{page}: {link}"


@pytest.mark.parametrize("page", ["walks", "architecture", "style", "operations"])
def test_every_named_file_and_function_exists(page):
    named = re.findall(
        r"`((?:\w+/)+[\w.]*)(?:: (\w+))?`", _read(f"docs/{page}.md"), re.ASCII
    )

    for path, name in named:
        # What runs and builds make is not in a checkout.
        if path.startswith(("var/", "staticfiles/")):
            continue
        assert (ROOT / path).exists(), path
        if name:
            assert re.search(rf"(def|class) {name}\b", _read(path)), f"{path}: {name}"


@pytest.mark.parametrize("page", _pages())
def test_no_page_names_a_registry(page):
    assert not REGISTRIES.search(_read(page))


def test_start_up_refuses_the_example_environment(monkeypatch):
    for name, value in re.findall(
        r"^([A-Z_]+)=(.*)$", _read(".env.example"), re.MULTILINE
    ):
        monkeypatch.setenv(name, value)

    for name in ("KEYPLATE_SECRET_KEY", "KEYPLATE_TICKET_KEYS", "KEYPLATE_PEPPERS"):
        with pytest.raises(ImproperlyConfigured):
            env.secret(name)


def test_the_screenshot_is_a_picture():
    picture = Path(ROOT, "docs/images/desk.png").read_bytes()

    assert picture.startswith(b"\x89PNG")
