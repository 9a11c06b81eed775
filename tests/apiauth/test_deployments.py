"""Deployments: provisioned, and known to front ends by a key that is no secret."""

import base64

import pytest

from apiauth import deployments, errors
from apiauth.models import AuditEvent, Deployment
from tests import make


def test_provisions_and_records_it(db):
    deployment = make.deployment("acme", mode="staging", product_name="Acme Cloud")

    stored = Deployment.objects.get()
    assert (stored.slug, stored.mode, stored.product_name) == (
        "acme",
        "staging",
        "Acme Cloud",
    )
    event = AuditEvent.objects.get()
    assert (event.action, event.deployment_id) == (
        "deployment.provisioned",
        deployment.pk,
    )
    assert event.after == {"slug": "acme", "mode": "staging"}


def test_its_name_stands_in_for_the_products(db):
    assert make.deployment("acme").product_name == "Acme"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "test"),
        ("name", ""),
        ("slug", "s" * 65),
        ("product_name", "p\u202en"),
        ("embed_origins", ["https://a.example/x"]),
        ("embed_origins", ["*"]),
        ("embed_origins", ["https:"]),
        ("embed_origins", ["https://a.example; script-src *"]),
        ("embed_origins", [f"https://a{n}.example" for n in range(51)]),
        ("support_url", "javascript:alert(1)"),
        ("docs_url", "//docs.example"),
        ("return_url", "https://user:word@acme.example"),
        ("api_base_url", "https://acme.example:port"),
    ],
)
def test_refuses_what_cannot_be(db, field, value):
    with pytest.raises(errors.Invalid) as refusal:
        make.deployment(**{"slug": "acme", field: value})

    assert refusal.value.field == field
    assert not Deployment.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("slug", ["a b", "a/b", "<b>", "Ünï"])
def test_refuses_a_slug_that_is_none(db, slug):
    with pytest.raises(errors.Invalid) as refusal:
        make.deployment(slug)

    assert refusal.value.field == "slug"


def test_refuses_a_slug_in_use(acme):
    with pytest.raises(errors.NameTaken) as refusal:
        make.deployment("acme")

    assert refusal.value.field == "slug"


@pytest.mark.parametrize(
    ("mode", "kind"), [("production", "live"), ("staging", "test")]
)
def test_the_publishable_key_leads_back_to_us(db, settings, mode, kind):
    settings.KEYPLATE_PUBLIC_URL = "https://keys.example"
    deployment = make.deployment("acme", mode=mode)

    prefix, shown, address = deployments.publishable_key(deployment).split("_", 2)

    assert (prefix, shown) == ("pk", kind)
    decoded = base64.b64decode(address).decode()
    assert decoded == f"https://keys.example/d/{deployment.pk}"
