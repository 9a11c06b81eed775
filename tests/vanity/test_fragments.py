"""One template, two bodies: the page for browsers, the fragment for htmx."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from apiauth.http import transports

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates" / "portal").glob("*.html"))
BASE = (ROOT / "templates" / "portal" / "base.html").read_text()


def test_sends_htmx_the_fragment_alone(portal):
    page = portal.get(portal.path()).content.decode()

    assert "<html" not in page
    assert 'data-screen="S2"' in page


def test_sends_browsers_the_whole_page(ada):
    browser = Client()
    browser.cookies[transports.BINDER_COOKIE] = ada.binder

    page = browser.get(f"/vanity/api-auth/s/{ada.session.pk}").content.decode()

    assert page.startswith("<!doctype html>")
    assert 'data-screen="S2"' in page


def test_tells_caches_that_the_answer_varies(portal):
    assert "HX-Request" in portal.get(portal.path()).headers["Vary"]


def test_hardens_htmx():
    meta = re.search(r'name="htmx-config"\s+content=\'([^\']+)\'', BASE)
    config = json.loads(meta.group(1))

    for name in ("allowEval", "allowScriptTags", "includeIndicatorStyles"):
        assert config[name] is False
    assert config["historyEnabled"] is False
    assert config["historyCacheSize"] == 0
    assert config["selfRequestsOnly"] is True
    swapped = [rule["code"] for rule in config["responseHandling"] if rule["swap"]]
    assert swapped == ["2..", "422"]


def test_names_the_digest_of_the_vendored_htmx():
    script = (ROOT / "static" / "vendor" / "htmx-2.0.11.min.js").read_bytes()
    digest = base64.b64encode(hashlib.sha384(script).digest()).decode()

    assert f'integrity="sha384-{digest}"' in BASE
    assert b'version:"2.0.11"' in script


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "forbidden",
    [
        r"\bhx-on\b",
        r"\bhx-confirm\b",
        r"hx-vals=[\"']js:",
        r"javascript:",
        r"hx-trigger=\"[^\"]*\[",
        r"<script(?![^>]*\bsrc=)",
        r"<style\b",
        r"\sstyle=",
        r"\son[a-z]+=\"",
        r"\|safe\b",
        r"autoescape off",
    ],
)
def test_writes_nothing_that_the_policy_would_drop_in_silence(template, forbidden):
    # security.md, section 3: these are ignored without a word under our policy.
    assert not re.search(forbidden, template.read_text())
