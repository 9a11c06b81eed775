"""Apps: provisioned, found, switched, deleted."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from apiauth import applications, credentials, errors, sessions
from apiauth.models import ApiAuthApp, AuditEvent, PortalSession
from tests import make

RESERVED = sorted(credentials.RESERVED_PREFIXES)


def switch(verb, app):
    verb(app=app, actor=make.OPERATOR, now=timezone.now(), reason="because")


def test_provisions_with_what_was_said(acme):
    app = make.app(
        acme.deployment,
        "reports",
        granted=["b:read", "a:read", "a:read"],
        resources=["/v1", "/v2", "/v1"],
        capabilities=["keys:read", "keys:create"],
        embed_origins=["HTTPS://App.Acme.example:443"],
        policy={"keys_per_owner": 3},
    )

    app.refresh_from_db()
    assert app.permissions == ["a:read", "b:read"]
    assert app.resources == ["/v1", "/v2"]
    assert app.ceiling == ["keys:create", "keys:read"]
    assert app.allowed_origins == ["https://app.acme.example"]
    assert app.rules.keys_per_owner == 3


def test_says_nothing_means_the_deployments(acme):
    assert acme.app.allowed_origins == [make.ORIGIN]
    assert len(acme.app.ceiling) == 9


def test_records_the_provisioning(acme):
    event = AuditEvent.objects.get(action="app.provisioned")

    assert (event.app_id, event.deployment_id) == (acme.app.pk, acme.deployment.pk)
    assert event.after == {"app_slug": "aa_1", "name": "Acme API"}


@pytest.mark.parametrize(
    ("field", "setting", "value"),
    [
        ("app_slug", "app_slug", "-dash"),
        ("app_slug", "app_slug", "a b"),
        ("app_slug", "app_slug", "s" * 65),
        ("description", "description", "d" * 251),
        ("user_id", "user_id", "u" * 256),
        ("permissions", "granted", ["a b"]),
        ("permissions", "granted", [f"p{n}" for n in range(101)]),
        ("resources", "resources", ["v1"]),
        ("capabilities", "capabilities", ["keys:everything"]),
        ("embed_origins", "embed_origins", ["https://a.example/path"]),
        ("rate_limit_scheme_slug", "rate_limit_scheme_slug", "absent"),
        ("rate_limit_scheme_slug", "rate_limit_scheme_slug", "a\x00b"),
        ("policy", "policy", {"unheard": 1}),
        ("policy", "policy", {"keys_per_owner": 0}),
        ("policy", "policy", {"keys_per_owner": True}),
        ("policy", "policy", {"reason_required": 1}),
    ],
)
def test_refuses_what_cannot_be(acme, field, setting, value):
    wishes = {"app_slug": "aa_2", setting: value}

    with pytest.raises(errors.Invalid) as refusal:
        make.app(acme.deployment, **wishes)

    assert refusal.value.field == field
    assert ApiAuthApp.objects.count() == 1


@pytest.mark.parametrize(
    "details",
    [
        {"a b": {}},
        {"a:read": "label"},
        {"a:read": {"label": "\x00"}},
        {"a:read": {"label": "\ud800"}},
        {"a:read": {"label": "Read\u200b"}},
        {"a:read": {"label": 1e16}},
        {"a:read": {"group": "g" * 81}},
        {"a:read": {"description": ["Reads."]}},
        {"a:read": {"default": 1}},
        {"a:read": {"dangerous": float("nan")}},
        {"a:read": {"x": float("inf")}},
        {"a:read": {"\ud800": "x"}},
        {f"p{n}": {} for n in range(101)},
    ],
)
def test_refuses_details_that_cannot_be_kept_or_read(acme, details):
    with pytest.raises(errors.Invalid) as refusal:
        make.app(acme.deployment, "aa_2", permission_details=details)

    assert type(refusal.value) is errors.Invalid
    assert refusal.value.field == "permission_details"
    refusal.value.message.encode()


def test_keeps_what_customers_read_of_permissions(acme):
    details = {"label": " Cafe\u0301 ", "group": "", "default": True}
    app = make.app(
        acme.deployment, "aa_2", permission_details={"a:read": details, "b:read": {}}
    )

    app.refresh_from_db()
    assert app.permission_details == {
        "a:read": {"label": "Café", "group": "", "default": True},
        "b:read": {},
    }


def test_calls_no_other_trouble_a_slug_that_is_taken(acme, monkeypatch):
    def trouble(*_: object, **__: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(ApiAuthApp, "save", trouble)

    with pytest.raises(errors.Invalid, match="cannot be stored"):
        make.app(acme.deployment, "aa_2")


@pytest.mark.parametrize(
    "prefix",
    ["", "a", "9a", "Acme", "acme_", "acme-live", "a" * 32, "é_live", *RESERVED],
)
def test_refuses_prefixes_that_scanners_would_misread(acme, prefix):
    with pytest.raises(errors.Invalid) as refusal:
        make.app(acme.deployment, "aa_2", key_prefix=prefix)

    assert refusal.value.field == "key_prefix"


@pytest.mark.parametrize("differs", ["nothing", "deployment", "deleted"])
def test_a_slug_is_taken_while_its_app_is_there(acme, globex, differs):
    if differs == "nothing":
        with pytest.raises(errors.NameTaken) as refusal:
            make.app(acme.deployment, "aa_1")
        assert refusal.value.field == "app_slug"
        return
    if differs == "deleted":
        switch(applications.delete, acme.app)
    other = acme.deployment if differs == "deleted" else globex.deployment
    slug = "aa_1" if differs == "deleted" else "aa_2"

    assert make.app(other, slug).app_slug == slug


def test_finds_an_app_with_its_deployment(acme, django_assert_num_queries):
    with django_assert_num_queries(1):  # the app with its deployment
        found = applications.find(acme.backend_key, "aa_1")
        assert found.deployment == acme.deployment

    assert found == acme.app


@pytest.mark.parametrize("kind", ["absent", "foreign", "deleted", "beyond"])
def test_absent_and_foreign_apps_look_the_same(acme, globex, kind):
    make.app(globex.deployment, "theirs")
    other = make.app(acme.deployment, "aa_2")
    backend_key = acme.backend_key
    if kind == "deleted":
        switch(applications.delete, other)
    if kind == "beyond":
        backend_key = make.backend_key(acme.deployment, apps=[acme.app]).backend_key
    slugs = {"absent": "nothing", "foreign": "theirs"}

    with pytest.raises(errors.NotFound) as refusal:
        applications.find(backend_key, slugs.get(kind, "aa_2"))

    assert refusal.value.message == "There is no such app."


def test_finds_an_app_by_its_exact_name(acme, globex):
    assert applications.find(acme.backend_key, "Acme API") == acme.app
    for name in ("acme api", "Acme API ", "Acme", "Globex API"):
        with pytest.raises(errors.NotFound):
            applications.find(acme.backend_key, name)


def test_prefers_a_slug_to_a_name(acme):
    named_like_it = make.app(acme.deployment, "aa_2")
    ApiAuthApp.objects.filter(pk=named_like_it.pk).update(name="aa_1")

    assert applications.find(acme.backend_key, "aa_1") == acme.app


def test_does_not_guess_which_app_of_a_name_is_meant(acme):
    second = make.app(acme.deployment, "aa_2")

    with pytest.raises(errors.Conflict) as refusal:
        applications.find(acme.backend_key, "Acme API")
    assert refusal.value.field == "app_slug"

    switch(applications.delete, second)
    assert applications.find(acme.backend_key, "Acme API") == acme.app


@pytest.mark.parametrize("name", ["", "a\x00b", "a\nb", "aa_1\n", "\ud800", "x" * 9999])
def test_looks_for_nothing_that_cannot_be_stored(acme, name, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(errors.NotFound):
        applications.find(acme.backend_key, name)


def test_pages_through_apps_newest_first(acme, globex):
    for number in range(2, 6):
        make.app(acme.deployment, f"aa_{number}")

    page = applications.page(acme.backend_key, limit=2, offset=1)

    assert [app.app_slug for app in page.apps] == ["aa_4", "aa_3"]
    assert (page.total, page.limit, page.offset, page.has_more) == (5, 2, 1, True)


def test_a_restricted_key_reaches_its_own_apps(acme):
    make.app(acme.deployment, "aa_2")
    restricted = make.backend_key(acme.deployment, apps=[acme.app]).backend_key

    assert applications.find(restricted, "aa_1") == acme.app


def test_switches_off_and_on_again(acme):
    switch(applications.deactivate, acme.app)
    assert not ApiAuthApp.objects.get().is_active
    switch(applications.activate, acme.app)
    assert ApiAuthApp.objects.get().is_active

    events = AuditEvent.objects.filter(action__in=["app.deactivated", "app.activated"])
    assert [e.reason for e in events] == ["because", "because"]


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        (applications.deactivate, applications.deactivate, errors.Conflict),
        (None, applications.activate, errors.Conflict),
        (applications.delete, applications.activate, errors.Conflict),
        (applications.delete, applications.deactivate, errors.Conflict),
        (applications.delete, applications.delete, errors.NotFound),
    ],
)
def test_refuses_what_is_so_already(acme, first, second, refusal):
    if first is not None:
        switch(first, acme.app)
    events = AuditEvent.objects.count()

    with pytest.raises(refusal):
        switch(second, acme.app)

    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    ("actor", "reason"), [(make.HOST, "host"), (make.OPERATOR, "admin")]
)
def test_deleting_ends_the_sessions_that_are_live(acme, ada, mallory, actor, reason):
    signed_out = make.session(acme.backend_key).session
    PortalSession.objects.filter(pk=signed_out.pk).update(
        ended_at=timezone.now(), ended_reason="signed_out"
    )

    applications.delete(app=acme.app, actor=actor, now=timezone.now())

    assert dict(PortalSession.objects.values_list("pk", "ended_reason")) == {
        ada.session.pk: reason,
        signed_out.pk: "signed_out",
        mallory.session.pk: "",
    }
    assert AuditEvent.objects.get(action="app.deleted").after["sessions_ended"] == 1


@pytest.mark.parametrize("stop", [applications.deactivate, applications.delete])
def test_sessions_of_a_stopped_app_say_that_it_is_off(acme, ada, stop):
    switch(stop, acme.app)

    with pytest.raises(errors.AppInactive):
        sessions.resolve(token=ada.token, binder=ada.binder)


def test_gives_an_app_a_scheme_of_its_own_deployment(acme, globex):
    mine, _ = make.scheme(acme.deployment), make.scheme(globex.deployment)
    make.scheme(globex.deployment, "theirs")

    app = make.app(acme.deployment, "aa_2", rate_limit_scheme_slug="basic")

    assert app.rate_limit_scheme == mine
    with pytest.raises(errors.Invalid):
        make.app(acme.deployment, "aa_3", rate_limit_scheme_slug="theirs")


def test_deletes_for_good_and_keeps_the_history(acme, ci_key):
    switch(applications.delete, acme.app)

    app = ApiAuthApp.objects.get()
    assert app.deleted_at is not None
    assert not app.is_active
    assert AuditEvent.objects.get(action="app.deleted").app_id == app.pk
    assert AuditEvent.objects.filter(key_id=ci_key.key.pk).exists()
