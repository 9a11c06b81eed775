"""The demo's data, its credentials, and how it says that it cannot start."""

import json
import socket
import stat
from typing import Any

import pytest
from django.utils import timezone

from apiauth import audit, backend_keys, deployments, tickets, usage
from apiauth.actors import SYSTEM
from apiauth.decisions import Filters, Reach
from apiauth.errors import TenantSuspended
from apiauth.models import BackendKey, Deployment, Key
from demo import __main__ as command
from demo import cast, credentials, prepare, seed
from demo.places import Places
from vanity import statuses

HOST = "http://shop.localhost:8001"


@pytest.fixture
def places(tmp_path) -> Places:
    return Places(folder=tmp_path, port=8000, host_port=8001)


@pytest.fixture
def both(db: None) -> tuple[prepare.Product, prepare.Product]:
    now = timezone.now()
    return (
        prepare.product(cast.FIRST, host_url=HOST, now=now),
        prepare.product(cast.SECOND, host_url=HOST, now=now),
    )


def _status(key: Key) -> statuses.Kind:
    old = [secret.ends_at for secret in key.versions if secret.ends_at]
    now = timezone.now()
    ends_at = max(old, default=None)
    return statuses.of(key, now=now, old_secret_ends_at=ends_at).kind


def test_shows_keys_in_every_status(both):
    first, _ = both

    shown = {_status(key) for key in Key.objects.of_app(first.app).with_secrets()}

    # Pausing has no operation yet.
    assert shown == set(statuses.Kind) - {statuses.Kind.PAUSED}


def test_makes_a_staging_and_a_production_deployment(both):
    assert [product.deployment.mode for product in both] == ["staging", "production"]


def test_shows_a_month_of_traffic(both):
    first, _ = both
    now, reach = timezone.now(), Reach(app=first.app)
    asked: dict[str, Any] = {"reach": reach, "filters": Filters(), "now": now}

    before = usage.series(**asked, interval=usage.Interval.DAY)
    list(usage.roll_up())

    assert usage.series(**asked, interval=usage.Interval.DAY) == before
    assert sum(1 for day in before if day.total) > 20
    sums = usage.analytics(**asked, sections=list(usage.Section))
    assert {"permission_denied", "100/60s"} <= sums.reasons.keys()
    plans = {
        (company.id, plan.name): plan
        for company in cast.FIRST.companies
        for plan in company.keys
    }
    for key in Key.objects.of_app(first.app).with_use():
        plan = plans[key.owner_id, key.name]
        assert key.uses == (plan.calls if plan.seen else 0)


def test_leaves_an_unbroken_history(both):
    assert [audit.verify_chain(product.deployment.pk) for product in both] == [None] * 2


def test_keeps_what_an_earlier_run_made(both):
    before = set(Key.objects.values_list("pk", flat=True))

    again = prepare.product(cast.FIRST, host_url=HOST, now=timezone.now())

    assert again == both[0]
    assert set(Key.objects.values_list("pk", flat=True)) == before


def test_follows_when_the_ports_change(both):
    moved = "http://shop.localhost:9001"

    prepare.product(cast.FIRST, host_url=moved, now=timezone.now())

    deployment = Deployment.objects.get(slug=cast.FIRST.slug)
    assert deployment.embed_origins == [moved]


def test_gives_no_ticket_for_the_suspended_company(both):
    first, _ = both
    minted = _minted(first)

    with pytest.raises(TenantSuspended):
        tickets.issue(
            backend_key=minted.backend_key,
            app_slug=first.app.app_slug,
            claims=tickets.Claims(organization_id=cast.INITECH.id),
            actor=SYSTEM,
            now=timezone.now(),
        )


def test_writes_exactly_the_promised_members(both, places):
    found = prepare.credentials_of(places, *both, earlier={}, now=timezone.now())

    assert set(found) == set(credentials.Credentials.__annotations__)
    assert set(found["second"]) == set(credentials.Second.__annotations__)
    assert set(found["admin"]) == set(credentials.Admin.__annotations__)
    assert found["publishable_key"] == deployments.publishable_key(both[0].deployment)


def test_keeps_credentials_that_still_work(both, places):
    now = timezone.now()
    before = prepare.credentials_of(places, *both, earlier={}, now=now)

    after = prepare.credentials_of(places, *both, earlier=dict(before), now=now)

    assert after == before


def test_replaces_a_credential_that_no_longer_works(both, places):
    now = timezone.now()
    before = prepare.credentials_of(places, *both, earlier={}, now=now)
    backend_key = backend_keys.authenticate(before["gateway_key"])
    backend_keys.revoke(backend_key=backend_key, actor=SYSTEM, now=now)

    after = prepare.credentials_of(places, *both, earlier=dict(before), now=now)

    assert after["gateway_key"] != before["gateway_key"]
    assert after["backend_key"] == before["backend_key"]


def test_gives_the_gateway_a_key_that_can_only_ask(both, places):
    found = prepare.credentials_of(places, *both, earlier={}, now=timezone.now())

    gateway_key = backend_keys.authenticate(found["gateway_key"])

    assert gateway_key.scopes == ["keys:verify"]


def test_only_its_owner_may_read_the_credentials(both, places):
    found = prepare.credentials_of(places, *both, earlier={}, now=timezone.now())

    credentials.write(places.credentials_file, found)

    assert stat.S_IMODE(places.credentials_file.stat().st_mode) == 0o600
    assert json.loads(places.credentials_file.read_text()) == found


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_half_a_credentials_file_counts_as_none(places, text):
    places.credentials_file.write_text(text)

    assert credentials.read(places.credentials_file) == {}


def test_stores_no_backend_secret(both, places):
    found = prepare.credentials_of(places, *both, earlier={}, now=timezone.now())

    row = BackendKey.objects.filter(deployment=both[0].deployment).first()

    assert found["backend_key"].encode() not in bytes(row.digest)


def test_names_a_taken_port_and_the_way_out(tmp_path, capfd):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        status = command.main(["--port", str(port), "--data", str(tmp_path)])

    assert status == 1
    assert f"port {port} is taken" in capfd.readouterr().err


def _minted(product: prepare.Product) -> backend_keys.Minted:
    return backend_keys.mint(
        deployment=product.deployment,
        name="test",
        scopes=["tickets:issue"],
        actor=seed.OPERATOR,
        now=timezone.now(),
    )
