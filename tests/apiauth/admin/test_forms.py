"""Provisioning and settings of deployments and apps."""

import json

import pytest

from apiauth import applications, deployments
from apiauth.models import ApiAuthApp, AuditEvent, Capability, Deployment
from tests import make
from tests.apiauth.admin.conftest import staff, url

RULES = {"expiry_default_days": 90, "overlap_max_seconds": 604800, "keys_per_owner": 20}


def _app(acme, **more: object) -> dict[str, object]:
    return {
        "deployment": acme.deployment.pk,
        "name": "Partner API",
        "app_slug": "partner",
        "key_prefix": "acme_partner",
        "permissions": "reports:read\n\n reports:write ",
        "permission_details": json.dumps({"reports:read": {"label": "Read"}}),
        "resources": "/v1",
        "capabilities": list(Capability.values),
        **RULES,
        **more,
    }


def _settings(app: ApiAuthApp, **more: object) -> dict[str, object]:
    return {
        "name": "Acme API",
        "permissions": "reports:read",
        "capabilities": list(Capability.values),
        "session_idle_seconds": 900,
        "session_absolute_seconds": 3600,
        "reason": "Ticket 42",
        "edition": applications.edition(app),
        **RULES,
        **more,
    }


class TestApps:
    def test_provisions_one(self, olga, acme):
        answer = olga.post(url("apiauthapp", "add"), _app(acme, keys_per_owner=3))

        app = ApiAuthApp.objects.get(app_slug="partner")
        assert answer.headers["Location"] == url("apiauthapp", "change", app.pk)
        assert app.permissions == ["reports:read", "reports:write"]
        assert (app.capabilities, app.embed_origins) == (None, None)
        assert app.policy == {"keys_per_owner": 3}
        assert app.organization_id is None
        assert AuditEvent.objects.get(app_id=app.pk).actor_label == "olga"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("key_prefix", "ghp"),
            ("app_slug", "aa_1"),
            ("app_slug", "no spaces"),
            ("permissions", "no spaces"),
            ("permission_details", "{"),
            ("permission_details", '{"reports:read": {"label": "\\ud800"}}'),
            ("permission_details", '{"reports:read": {"label": "\\u0000"}}'),
            ("permission_details", '{"reports:read": {"default": NaN}}'),
            ("permission_details", '{"reports:read": {"label": 1e999}}'),
            ("permission_details", '{"reports:read": 1}'),
            ("permission_details", '["reports:read"]'),
            ("permission_details", "[" * 30_000 + "]" * 30_000),
            ("resources", "v1"),
            ("resources", "/v1/../v2"),
            ("networks", "10.0.0.0/8\n10.0.0.1/8"),
            ("at_check", "sometimes"),
            ("name", "a\u202eb"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, olga, acme, field, value):
        page = olga.post(url("apiauthapp", "add"), _app(acme, **{field: value}))

        assert page.status_code == 422
        assert page.context["form"].errors[field]

    @pytest.mark.parametrize("detail", ["\\ud800", "\\u0000", 'x": NaN, "y": "'])
    def test_refuses_details_that_no_page_could_show(self, olga, acme, detail):
        details = f'{{"reports:read": {{"label": "{detail}"}}}}'
        address = url("apiauthapp", "settings", acme.app.pk)

        page = olga.post(address, _settings(acme.app, permission_details=details))

        assert page.context["form"].errors["permission_details"]
        assert olga.row("apiauthapp", acme.app).status_code == 200

    def test_changes_settings_with_a_reason(self, olga, acme):
        own = {"has_own_origins": "on", "embed_origins": "https://a.example"}
        address = url("apiauthapp", "settings", acme.app.pk)

        answer = olga.post(
            address,
            _settings(acme.app, **own, capabilities=["keys:read"], permissions=""),
        )

        app = ApiAuthApp.objects.get(pk=acme.app.pk)
        event = AuditEvent.objects.get(action="app.updated")
        assert answer.status_code == 302
        assert app.capabilities == ["keys:read"]
        assert app.embed_origins == ["https://a.example"]
        assert (app.permissions, app.session_idle_seconds) == ([], 900)
        assert (event.reason, event.before["session_idle_seconds"]) == (
            "Ticket 42",
            1800,
        )

    def test_holds_keys_to_rules_and_networks(self, olga, acme):
        bounds = {"networks": "192.0.2.7\n 10.0.0.0/8 ", "at_check": "enforce"}
        address = url("apiauthapp", "settings", acme.app.pk)

        olga.post(address, _settings(acme.app, **bounds))

        policy = ApiAuthApp.objects.get(pk=acme.app.pk).policy
        stored = {"networks": ["192.0.2.7/32", "10.0.0.0/8"], "at_check": "enforce"}
        assert policy == stored
        assert AuditEvent.objects.get(action="app.updated").after["policy"] == stored
        page = olga.get(address)
        assert "192.0.2.7/32\n10.0.0.0/8" in page.text
        assert '<option value="enforce" selected>' in page.text
        assert "192.0.2.7/32" in olga.row("apiauthapp", acme.app).text

    def test_shows_the_settings_as_they_are(self, olga, acme):
        page = olga.get(url("apiauthapp", "settings", acme.app.pk))
        form = page.context["form"]

        assert "reports:read\nreports:write" in page.text
        assert form.initial["keys_per_owner"] == 20
        assert form.initial["has_own_origins"] is False

    def test_shows_how_it_is_limited(self, olga, acme):
        make.scheme(acme.deployment, "standard_tier")
        app = make.app(acme.deployment, "aa_2", rate_limit_scheme_slug="standard_tier")

        assert "standard_tier" in olga.row("apiauthapp", app).text
        assert "standard_tier" not in olga.row("apiauthapp", acme.app).text

    def test_changes_nothing_without_a_reason_or_with_nonsense(self, olga, acme):
        address = url("apiauthapp", "settings", acme.app.pk)
        own = {"has_own_origins": "on", "embed_origins": "javascript:alert(1)"}

        silent = olga.post(address, _settings(acme.app, reason=""))
        wrong = olga.post(address, _settings(acme.app, **own))

        assert silent.context["form"].errors["reason"]
        assert wrong.context["form"].errors["embed_origins"]
        assert not AuditEvent.objects.filter(action="app.updated").exists()

    def test_has_no_settings_once_deleted(self, olga, acme):
        olga.confirm("apiauthapp", "delete", acme.app, typed="aa_1")

        answer = olga.get(url("apiauthapp", "settings", acme.app.pk))

        assert answer.status_code == 404
        assert "Deleted" in olga.row("apiauthapp", acme.app).text


class TestDeployments:
    def test_provisions_one(self, olga):
        wanted = {"name": "Acme", "slug": "acme", "mode": "staging"}

        olga.post(
            url("deployment", "add"),
            {**wanted, "embed_origins": "https://a.example\nhttps://b.example"},
        )

        deployment = Deployment.objects.get(slug="acme")
        assert deployment.embed_origins == ["https://a.example", "https://b.example"]
        assert "pk_test_" in olga.row("deployment", deployment).text

    @pytest.mark.parametrize(
        ("field", "value"),
        [("slug", "acme"), ("support_url", "ftp://x"), ("embed_origins", "x")],
    )
    def test_says_at_the_field_what_is_wrong(self, olga, acme, field, value):
        wanted = {"name": acme.deployment.name, "slug": "b", "mode": "staging"}

        page = olga.post(url("deployment", "add"), {**wanted, field: value})

        assert page.context["form"].errors[field]
        assert Deployment.objects.count() == 1

    def test_changes_settings_with_a_reason(self, olga, acme):
        address = url("deployment", "settings", acme.deployment.pk)
        wanted = {
            "name": "Acme",
            "product_name": "Acme Cloud",
            "reason": "Rebrand",
            "edition": deployments.edition(acme.deployment),
        }

        shown = olga.get(address)
        olga.post(address, wanted)

        changed = Deployment.objects.get(pk=acme.deployment.pk)
        event = AuditEvent.objects.get(action="deployment.updated")
        assert "https://app.acme.example" in shown.text
        assert (changed.product_name, changed.embed_origins) == ("Acme Cloud", [])
        assert event.reason == "Rebrand"

    @pytest.mark.parametrize("reason", ["", "a\u202eb", "a\nb", "\x7f"])
    def test_repairs_no_reason_that_hides_something(self, olga, acme, reason):
        page = olga.post(
            url("deployment", "settings", acme.deployment.pk),
            {"name": "Another", "reason": reason},
        )

        assert page.status_code == 422
        assert page.context["form"].errors["reason"]
        assert Deployment.objects.get().name == acme.deployment.name

    def test_refuses_an_address_that_runs(self, olga, acme):
        page = olga.post(
            url("deployment", "settings", acme.deployment.pk),
            {
                "name": "Acme",
                "support_url": "javascript:alert(1)",
                "reason": "x",
                "edition": deployments.edition(acme.deployment),
            },
        )

        assert page.context["form"].errors["support_url"]

    def test_knows_no_other_deployment(self, olga, acme):
        address = url("deployment", "settings", acme.app.pk)

        assert olga.get(address).status_code == 404


def test_lets_nobody_change_what_they_may_only_see(rosa, acme):
    pages = [
        url("deployment", "add"),
        url("apiauthapp", "add"),
        url("deployment", "settings", acme.deployment.pk),
        url("apiauthapp", "settings", acme.app.pk),
    ]

    sent = _settings(acme.app)
    assert [rosa.post(page, sent).status_code for page in pages] == [403] * 4


def test_lets_those_change_who_may(acme):
    clerk = staff("cleo", "change_apiauthapp")

    answer = clerk.post(url("apiauthapp", "settings", acme.app.pk), _settings(acme.app))

    assert answer.status_code == 302
