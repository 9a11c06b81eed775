"""What can be told of the image without building it; ./dev image-check builds it."""

import json
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECRET_NAMES = re.compile(r"SECRET_KEY|TICKET_KEYS|PEPPERS|PASSWORD|TOKEN")


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """Every instruction of the Dockerfile, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return [(word.upper(), rest) for word, rest in pairs]


@pytest.fixture(scope="module")
def last_stage(instructions: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The instructions after the last FROM, by their word."""
    words = [word for word, _ in instructions]
    start = len(words) - words[::-1].index("FROM")
    found: dict[str, list[str]] = {}
    for word, rest in instructions[start:]:
        found.setdefault(word, []).append(rest)
    return found


def test_gives_hadolint_nothing_to_object_to() -> None:
    hadolint = Path(sysconfig.get_path("scripts"), "hadolint")

    done = subprocess.run(
        [hadolint, "--no-color", "Dockerfile"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_takes_its_base_from_one_pinned_argument(instructions) -> None:
    bases = [rest.split()[0] for word, rest in instructions if word == "FROM"]

    assert instructions[0] == ("ARG", "BASE=python:3.13-slim")
    assert set(bases) == {"${BASE}"}


def test_installs_only_wheels_the_lock_names(instructions) -> None:
    installs = [rest for word, rest in instructions if "pip" in rest and word == "RUN"]

    assert len(installs) == 1
    for option in ("--require-hashes", "--only-binary :all:", "--no-cache-dir"):
        assert option in installs[0]


def test_runs_as_a_fixed_user_that_is_not_root(last_stage) -> None:
    (user,) = last_stage["USER"]

    uid, _, gid = user.partition(":")

    assert int(uid) > 0
    assert int(gid) > 0
    assert f"--uid {uid}" in " ".join(last_stage["RUN"])


def test_keeps_what_it_writes_in_a_volume_that_user_owns(last_stage) -> None:
    assert last_stage["VOLUME"] == ["/data"]
    assert "--owner keyplate" in " ".join(last_stage["RUN"])
    assert "sqlite:////data/" in " ".join(last_stage["ENV"])


def test_is_asked_for_its_health_without_curl(last_stage) -> None:
    (health,) = last_stage["HEALTHCHECK"]

    command = json.loads(health[health.index("[") :])

    assert command == ["python", "-m", "config.probe"]


def test_is_stopped_by_a_signal_its_first_process_hears(last_stage) -> None:
    assert last_stage["STOPSIGNAL"] == ["SIGTERM"]
    # The list form: no shell stands between the engine and the server.
    assert json.loads(last_stage["CMD"][0]) == ["python", "-m", "config.server"]


def test_carries_no_secret(instructions) -> None:
    kept = [rest for word, rest in instructions if word in {"ENV", "ARG", "LABEL"}]

    assert not [rest for rest in kept if SECRET_NAMES.search(rest)]


def test_is_given_only_what_runs() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}

    assert rules[0] == "*"
    assert not let_in & {"tests", "devtools", "demo", "docs", "var", ".git", ".env"}


def test_composes_without_a_published_database() -> None:
    text = (ROOT / "compose.yaml").read_text()
    database = text[text.index("\n  database:") : text.index("\nnetworks:")]

    assert "ports:" not in database
    assert "pg_isready" in database
    assert "condition: service_healthy" in text


def test_composes_with_secrets_that_must_be_given() -> None:
    text = (ROOT / "compose.yaml").read_text()
    example = (ROOT / ".env.example").read_text()
    pairs = re.findall(r"^ +(\w+): (.+)$", text, flags=re.MULTILINE)
    secrets = [
        (name, value)
        for name, value in pairs
        if SECRET_NAMES.search(name) and not name.endswith("_FALLBACKS")
    ]

    assert len(secrets) >= 4
    for name, value in secrets:
        assert value.startswith(f"${{{name}:?")
        assert re.search(rf"^{name}=$", example, flags=re.MULTILINE)


def test_composes_with_everything_the_example_offers() -> None:
    text = (ROOT / "compose.yaml").read_text()
    example = (ROOT / ".env.example").read_text()
    offered = set(re.findall(r"^#?([A-Z_]+)=", example, flags=re.MULTILINE))

    # Debugging is for a checkout, and the files are collected in the image.
    offered -= {"KEYPLATE_DEBUG", "KEYPLATE_STATIC_ROOT", "KEYPLATE_DATABASE_URL"}
    assert {name for name in offered if f"${{{name}:" not in text} == set()
