"""What browsers get is what the repository holds, but for comments and white space."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from pygments.lexers import JavascriptLexer
from pygments.token import Comment

from bench import pages
from config import static
from vanity import shell

SOURCES = Path(settings.BASE_DIR, "static")
SCRIPTS = sorted(p for p in SOURCES.rglob("*.js") if "vendor" not in p.parts)


@pytest.fixture
def collect(settings, tmp_path):
    """Collect all static files; returns where they are."""
    settings.STATIC_ROOT = tmp_path / "static"
    backend = {"BACKEND": "config.static.Shortened"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}

    def run(**options):
        call_command("collectstatic", interactive=False, verbosity=0, **options)
        return settings.STATIC_ROOT

    return run


def names(root):
    """What each file is called by its content."""
    return json.loads((root / "staticfiles.json").read_text())["paths"]


def words(script):
    """Everything that a script consists of, in its order."""
    found = JavascriptLexer().get_tokens(script)
    return [text for kind, text in found if kind not in Comment and text.strip()]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_takes_nothing_from_a_script_but_comments_and_white_space(path):
    text = path.read_text()
    shortened = static.script(text)

    assert len(shortened) < len(text)
    assert words(shortened) == words(text)


@pytest.mark.parametrize(
    ("sheet", "shortened"),
    [
        (".a {\n  b :is(i) {}\n}\n", ".a { b :is(i) {} }"),
        ("a { /* it's */ b: 'c  /* d */'; }", "a { b: 'c  /* d */'; }"),
        ("/*! A licence. */\na {}", "/*! A licence. */ a {}"),
        ("a { b: calc(1px + 2px) }", "a { b: calc(1px + 2px) }"),
    ],
)
def test_takes_nothing_from_a_sheet_that_means_anything(sheet, shortened):
    assert static.sheet(sheet) == shortened


def test_keeps_a_licence_in_a_script():
    assert "/*! A licence. */" in static.script("/*! A licence. */\na();")


def test_serves_a_sheet_with_what_it_imports(collect):
    root = collect()
    sheet = (root / names(root)["portal/css/first.css"]).read_text()

    assert "@import" not in sheet
    assert "--kp-bg" in sheet
    assert sheet.index("@layer tokens") < sheet.index("@layer parts {")


def test_sends_what_others_wrote_as_they_published_it(collect):
    root = collect()
    name = "vendor/htmx-2.0.11.min.js"

    assert (root / names(root)[name]).read_bytes() == (SOURCES / name).read_bytes()


def test_every_folder_of_ours_is_shortened():
    folders = {f"{path.name}/" for path in SOURCES.iterdir() if path.is_dir()}

    assert folders == {"vendor/", *static._OURS}


def test_collects_the_same_twice(collect):
    first = names(collect())

    assert names(collect()) == first


def test_writes_nothing_when_asked_what_it_would_do(collect):
    assert not (collect(dry_run=True) / "portal").exists()


def _loaded_with(name):
    """Name the modules that come with one, and those that they bring."""
    script = (SOURCES / "portal" / name).read_bytes()
    found = {Path(url).name for url in pages.imports(script)}
    return found.union(*(_loaded_with(other) for other in found))


def test_a_page_names_the_modules_of_its_script_at_once():
    named = {Path(module).name for module in shell.MODULES}

    assert named == _loaded_with("portal.js")


def test_a_later_page_names_those_that_only_it_needs():
    named = {Path(module).name for module in shell.LATER_MODULES}
    wanted = {"forms.js", "leaving.js", "secret.js"}

    assert named == wanted
    assert not named & _loaded_with("portal.js")
    assert set().union(*map(_loaded_with, wanted)) <= named | _loaded_with("portal.js")
