"""The package as people get it: its parts, its Python, its dependencies."""

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

import keyplate_client
from devtools import bootstrap
from devtools.paths import ROOT

FOLDER = ROOT / "clients" / "python"
SOURCES = sorted((FOLDER / "src").rglob("*.py"))
PROJECT = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
# Refuses every framework but those that are named, then imports one module.
ALONE = """
import importlib, sys
allowed = set(sys.argv[2].split())
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in {"django", "rest_framework", "starlette", "fastapi", "flask",
                   "werkzeug", "asgiref", "typing_extensions"} - allowed:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
importlib.import_module(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("keyplate_client", ""),
        ("keyplate_client.asgi", ""),
        ("keyplate_client.wsgi", ""),
        ("keyplate_client.django", "django asgiref"),
        ("keyplate_client.drf", "django asgiref rest_framework"),
    ],
)
def test_needs_no_framework_but_its_own(module, allowed):
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, module, allowed],
        env={**os.environ, **settings, "PYTHONPATH": str(FOLDER / "src")},
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_is_written_for_the_oldest_python_it_promises(source):
    oldest = re.search(r"3\.(\d+)", PROJECT["requires-python"])
    assert oldest

    ast.parse(source.read_text(), feature_version=(3, int(oldest[1])))


def test_becomes_a_typed_wheel(tmp_path):
    uv = bootstrap.ensure_uv()
    command = [str(uv), "build", "--wheel", "--quiet", "--offline", "--out-dir"]

    subprocess.run(
        [*command, str(tmp_path), str(FOLDER)],
        env=bootstrap.uv_environment(),
        check=True,
        timeout=60,
    )

    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {f"keyplate_client/{source.name}" for source in SOURCES}
    assert ours | {"keyplate_client/py.typed"} <= names


# --------------------------------------------------------------------------- the pages

BLOCKS = [
    (page, block)
    for page in ("clients/python/README.md", "docs/clients.md")
    for block in re.findall(
        r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL
    )
]


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_its_pages_show_what_exists(page, block):
    tree = ast.parse(block)
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]

    for node in imports:
        if str(node.module).startswith("keyplate_client"):
            module = importlib.import_module(str(node.module))
            for alias in node.names:
                assert hasattr(module, alias.name), f"{page}: {alias.name}"


def test_its_page_names_every_error():
    page = (FOLDER / "README.md").read_text()
    kinds = [
        name
        for name in keyplate_client.__all__
        if isinstance(getattr(keyplate_client, name), type)
        and issubclass(getattr(keyplate_client, name), keyplate_client.KeyplateError)
    ]

    assert [name for name in kinds if f"`{name}`" not in page] == []
