"""Commands: what operators do at a terminal."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from apiauth import backend_keys, deployments, retention, usage
from apiauth.models import (
    ApiAuthApp,
    AuditChain,
    AuditEvent,
    BackendKey,
    Deployment,
    UsageBucket,
)
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def run(db):
    """Run a command; returns what it printed to output and to errors."""

    def call(*arguments):
        out, err = StringIO(), StringIO()
        call_command(*arguments, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    return call


def test_provisions_a_deployment(run):
    origin = "--embed-origin=https://app.acme.example"

    out, _ = run("provision_deployment", "acme", "Acme", "--mode=staging", origin)

    deployment = Deployment.objects.get()
    assert (deployment.slug, deployment.mode) == ("acme", "staging")
    assert deployment.embed_origins == ["https://app.acme.example"]
    assert f"deployment_id={deployment.id}\n" in out
    assert f"publishable_key={deployments.publishable_key(deployment)}\n" in out


def test_provisions_an_app_under_the_usual_slug(run, acme):
    permissions = ["--permission=reports:read", "--permission=reports:write"]

    run("provision_app", "acme", "Reports", "--prefix=rep_live", *permissions)

    app = ApiAuthApp.objects.get(name="Reports")
    assert app.app_slug == f"aa_{acme.deployment.id}"
    assert (app.key_prefix, app.permissions) == (
        "rep_live",
        ["reports:read", "reports:write"],
    )


def test_prints_the_secret_of_a_backend_key_alone_and_once(run, acme):
    out, err = run(
        "mint_backend_key",
        "acme",
        "ci",
        "--scope=keys:verify",
        "--app=aa_1",
        "--days=9",
    )

    minted = backend_keys.authenticate(out.strip())
    assert (minted.scopes, list(minted.apps.all())) == (["keys:verify"], [acme.app])
    assert (minted.expires_at - minted.created_at).days == 9
    assert out.strip() not in err
    assert out.strip() not in repr(list(BackendKey.objects.values()))


def test_records_who_sat_at_the_terminal(run, monkeypatch):
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("USER", "olga")

    run("provision_deployment", "acme", "Acme")

    event = AuditEvent.objects.get()
    assert (event.actor_kind, event.actor_id) == ("operator", "olga")
    assert event.channel == "command"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("provision_deployment", "acme", "Again"), "This name is in use"),
        (("provision_deployment", "a b", "A"), "A slug is made of"),
        (("provision_deployment", "b", "A\u202e"), "invisible"),
        (("provision_deployment", "b", "B", "--embed-origin=x"), "An origin looks"),
        (("provision_deployment", "b", "B", "--mode=x"), "invalid choice"),
        (("provision_app", "nobody", "A", "--prefix=a_live"), "no deployment"),
        (("provision_app", "acme", "A", "--prefix=sk_live"), "A key prefix is"),
        (("provision_app", "acme", "A"), "--prefix"),
        # Bytes of an argument that are no UTF-8 come as lone surrogates.
        (("provision_app", "ac\udcffme", "A", "--prefix=a_live"), "invisible"),
        (("mint_backend_key", "acme", "x", "--scope=x"), "invalid choice"),
        (("mint_backend_key", "acme", "x"), "--scope"),
        (
            ("mint_backend_key", "acme", "x", "--scope=keys:verify", "--app=no"),
            "There is no app",
        ),
        (
            ("mint_backend_key", "acme", "x", "--scope=keys:verify", "--app=\udcff"),
            "invisible",
        ),
        (
            ("mint_backend_key", "acme", "x", "--scope=keys:verify", "--days=0"),
            "must be in the future",
        ),
        *(
            (
                ("mint_backend_key", "acme", "x", "--scope=keys:verify", f"--days={d}"),
                "beyond the calendar",
            )
            for d in (10**7, 10**10, -(10**10))
        ),
    ],
)
def test_ends_with_a_sentence_when_refused(run, acme, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_verifies_whole_histories(run, acme, globex):
    out, err = run("audit_verify")

    assert (out, err) == ("2 histories whole.\n", "")


@pytest.mark.usefixtures("unguarded")
def test_names_the_first_bad_event_of_each_history(run, acme, globex, capsys):
    AuditEvent.objects.filter(deployment_id=acme.deployment.id, sequence__gte=2).update(
        reason="forged"
    )
    AuditEvent.objects.filter(
        deployment_id=globex.deployment.id, action="backend_key.minted"
    ).delete()
    err = StringIO()

    with pytest.raises(CommandError, match="2 of 2 histories broken"):
        call_command("audit_verify", stderr=err)

    assert f"{acme.deployment.id}: the first bad event is number 2, app." in (
        err.getvalue()
    )
    assert f"{globex.deployment.id}: the first bad event is number 3, which" in (
        err.getvalue()
    )


@pytest.mark.usefixtures("unguarded")
def test_misses_a_history_that_was_taken_away_whole(run, acme):
    AuditEvent.objects.all().delete()
    AuditChain.objects.all().delete()

    with pytest.raises(CommandError, match="1 of 1"):
        run("audit_verify")


def test_sums_up_usage(run, ci_key):
    for n in range(3):
        make.decision(ci_key.key, NOON + n * HOUR)

    out, _ = run("roll_up")

    assert out.splitlines()[0] == "up to 2026-11-22T13:00:00+00:00: 6 sums"
    assert out.splitlines()[3:] == ["Summed up. Removed from the log: 0."]
    assert UsageBucket.objects.filter(span="day", owner_kind="").get().total == 3
    assert run("roll_up")[0] == "Summed up. Removed from the log: 0.\n"


def test_makes_the_sums_of_a_range_anew(run, ci_key):
    make.decision(ci_key.key, NOON)
    run("roll_up")
    make.decision(ci_key.key, NOON)

    out, _ = run("roll_up", "--since=2026-11-21", "--until=2026-11-22T13:00")

    assert out.splitlines()[0] == "2026-11-22 anew: 6 sums"
    assert UsageBucket.objects.filter(span="day", owner_kind="").get().total == 2


@pytest.mark.parametrize("until", ["9999-12-31", "9999-12-31T23:59-14:00"])
def test_makes_no_sums_of_days_to_come(run, monkeypatch, until):
    rebuild = Mock(return_value=[])
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    monkeypatch.setattr(usage, "rebuild", rebuild)

    run("roll_up", "--since=2026-11-21", f"--until={until}")

    assert rebuild.call_args.kwargs["until"] == NOON


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since=0001-01-01T00:00+14:00"], "The log is whole from"),
        (["--since=2020-01-01"], "The log is whole from"),
        (["--until=2026-11-22"], "goes with --since"),
        (["--since=yesterday"], "invalid"),
    ],
)
def test_refuses_a_range_that_it_cannot_sum_up(run, db, options, said):
    with pytest.raises(CommandError, match=said):
        run("roll_up", *options)


def test_ends_with_a_sentence_when_the_database_is_busy(run, monkeypatch):
    busy = OperationalError("canceling statement due to lock timeout\nCONTEXT: row")
    monkeypatch.setattr(retention, "tidy", Mock(side_effect=busy))

    with pytest.raises(CommandError, match=r"again \(canceling .* lock timeout\)\.$"):
        run("roll_up")
