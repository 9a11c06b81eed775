"""`POST /api-auth/keys`."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apiauth import gateway
from apiauth.models import AuditEvent, Key
from tests.apiauth.api import bodies
from tests.apiauth.api.bodies import assert_refused

PATH = "/api-auth/keys"
MULTIPART = "multipart/form-data; boundary=x"
ONCE = {"Idempotency-Key": "attempt-1"}


def made(answer):
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def verdict(secret):
    return gateway.check(gateway.ask(secret=secret, method="GET", resource="/r")).code


def test_makes_a_key_as_the_hooks_ask_for_it(page):
    data = made(page.send(PATH, "name=CI+Key"))

    key = Key.objects.get()
    assert (data["id"], data["name"]) == (str(key.pk), "CI Key")
    assert data["secret"].startswith("acme_live_")
    assert data["key_suffix"] == data["secret"][-8:]
    assert data["key"] == {n: v for n, v in data.items() if n not in {"secret", "key"}}
    assert verdict(data["secret"]) == "valid"


def test_makes_it_for_the_sessions_owner(page, acme):
    made(page.send(PATH, "name=CI&owner_user_id=ben&organization_id=other"))

    key = Key.objects.get()
    assert (key.app, key.owner_kind, key.owner_id) == (
        acme.app,
        "organization",
        "acme-ltd",
    )
    assert (key.user_id, key.created_via, key.created_by_label) == ("ada", "api", "Ada")


def test_reads_forms_and_json_alike(page):
    part = '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nM\r\n--x--\r\n'

    names = [
        made(page.send(PATH, "name=F"))["name"],
        made(page.post_json(PATH, {"name": "J"}))["name"],
        made(page.ask("POST", PATH, part, MULTIPART))["name"],
        made(page.ask("POST", PATH, '{"name": "N"}'))["name"],
    ]

    assert names == ["F", "J", "M", "N"]


@pytest.mark.parametrize(
    "moment",
    ["2099-01-02T03:04:05Z", "2099-01-02T03:04:05.000Z", "2099-01-02T04:04:05%2B01:00"],
)
def test_keeps_an_expiry(page, acme, moment):
    type(acme.app).objects.update(policy={"expiry_default_days": 30})
    wanted = datetime(2026, 12, 31, 3, 4, 5, tzinfo=UTC) + timedelta(days=200)
    said = moment.replace("2099-01-02", f"{wanted:%Y-%m-%d}")

    assert made(page.send(PATH, f"name=CI&expires_at={said}"))["expires_at"] == (
        f"{wanted:%Y-%m-%dT%H:%M:%SZ}"
    )


@pytest.mark.parametrize("form", ["name=CI", "name=CI&expires_at="])
def test_lets_a_key_live_for_ever_where_it_may(page, form):
    assert made(page.send(PATH, form))["expires_at"] is None


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        ({"expiry_required": True}, 90),
        ({"expiry_max_days": 30}, 30),
        ({"expiry_max_days": 30, "expiry_default_days": 7}, 7),
        ({"expiry_required": True, "expiry_default_days": None}, 3650),
    ],
)
def test_takes_the_usual_end_where_there_must_be_one(page, acme, policy, days):
    type(acme.app).objects.update(policy=policy)

    end = datetime.fromisoformat(made(page.send(PATH, "name=CI"))["expires_at"])

    assert abs(end - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)
    refused = page.post_json(PATH, {"name": "N", "expires_at": None})
    assert_refused(refused, field="expires_at")


def test_gives_all_that_may_be_granted(open_page):
    page = open_page(grantable_permissions=["reports:read"])

    assert made(page.send(PATH, "name=CI"))["permissions"] == ["reports:read"]


def test_grants_what_is_named(page):
    members = {"name": "CI", "permissions": ["reports:write"]}

    assert made(page.post_json(PATH, members))["permissions"] == ["reports:write"]


@pytest.mark.parametrize("wanted", ["admin", "*", "reports:*"])
def test_grants_nothing_where_nothing_may_be_granted(acme, open_page, wanted):
    type(acme.app).objects.update(permissions=[])
    page = open_page()

    answer = page.post_json(PATH, {"name": "CI", "permissions": [wanted]})

    assert_refused(answer, 400, field="permissions")
    assert page.read("/api-auth/session").json()["data"]["grantable_permissions"] == []
    assert made(page.send(PATH, "name=CI"))["permissions"] == []


@pytest.mark.parametrize("wanted", ["reports:write", "reports:*", "admin"])
def test_grants_nothing_beyond_the_ticket(open_page, wanted):
    page = open_page(grantable_permissions=["reports:read"])

    answer = page.post_json(PATH, {"name": "CI", "permissions": [wanted]})

    assert_refused(answer, 400, field="permissions")
    assert answer.json()["code"] == "policy_violation"
    assert not Key.objects.exists()


def test_makes_one_key_however_often_it_is_asked(page):
    first = made(page.send(PATH, "name=CI", **ONCE))

    again = page.send(PATH, "name=CI", **ONCE)

    assert_refused(again, 409)
    assert again.json()["code"] == "idempotency_replay"
    assert first["secret"] not in again.content.decode()
    assert Key.objects.count() == 1
    assert made(page.send(PATH, "name=Other", **{"Idempotency-Key": "attempt-2"}))


def test_refuses_a_name_that_is_taken(page, ci_key):
    answer = page.send(PATH, "name=CI")

    assert_refused(answer, 409, field="name")
    assert answer.json()["code"] == "name_taken"


def test_refuses_one_too_many(page, acme, ci_key):
    type(acme.app).objects.update(policy={"keys_per_owner": 1})

    assert page.send(PATH, "name=Two").json()["details"] == {"limit": 1}


def test_needs_the_capability(looker):
    assert_refused(looker.send(PATH, "name=CI"), 403)
    assert not Key.objects.exists()


def test_needs_a_session(stranger, acme):
    assert_refused(stranger.send(PATH, "name=CI"), 401)
    assert_refused(stranger.send(PATH, "name=CI", **acme.bearer), 401)


def test_makes_nothing_in_the_place_of_another_deployment(page, globex):
    page.place = f"/d/{globex.deployment.pk}"

    assert_refused(page.send(PATH, "name=CI"), 401)
    assert not Key.objects.exists()


@pytest.mark.parametrize("body", bodies.BROKEN)
def test_refuses_broken_bodies(page, body):
    assert_refused(page.ask("POST", PATH, body, "application/json"))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", "", 400),
        ("", "application/x-www-form-urlencoded", 400),
        ("", MULTIPART, 400),
        ("name=CI", "multipart/form-data", 400),
        (
            "--x\r\nContent-Disposition: form-data; n*=a; n*0=b\r\n\r\n\r\n--x--\r\n",
            MULTIPART,
            400,
        ),
        (
            "&".join(f"a{n}=1" for n in range(400)),
            "application/x-www-form-urlencoded",
            400,
        ),
        ("name=CI", "application/x-www-form-urlencoded; charset=utf-7", 400),
        ("name=CI", "text/plain", 415),
        ("name=" + "x" * 70_000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_refuses_forms_that_cannot_be_read(page, body, kind, status):
    assert_refused(page.ask("POST", PATH, body, kind), status)
    assert not Key.objects.exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ("name=", "name"),
        ("other=1", "name"),
        ("name=+", "name"),
        ("name=%00", "name"),
        ("name=a&name=b", "name"),
        ("name=%E2%80%AE", "name"),
        ("name=" + "x" * 81, "name"),
        ("name=CI&description=%00", "description"),
        ("name=CI&expires_at=tomorrow", "expires_at"),
        ("name=CI&expires_at=2027-01-01", "expires_at"),
        ("name=CI&expires_at=2027-13-01T00:00:00Z", "expires_at"),
        ("name=CI&expires_at=1999-01-01T00:00:00Z", "expires_at"),
        ("name=CI&expires_at=9999-12-31T23:59:59Z", "expires_at"),
        ("name=CI&expires_at=9999-12-31T23:59:59-14:00", "expires_at"),
        ("name=CI&expires_at=0001-01-01T00:00:00%2B14:00", "expires_at"),
        ("name=CI&permissions=reports:read", "permissions"),
    ],
)
def test_names_the_member_that_is_wrong(page, form, field):
    assert_refused(page.send(PATH, form), field=field)
    assert not Key.objects.exists()


def test_finds_nothing_in_a_broken_form(page):
    answer = page.ask("POST", PATH, "--x\r\n\r\nbroken", MULTIPART)

    assert_refused(answer, field="name")


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("name", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, None]),
        ("description", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS]),
        ("permissions", [*bodies.NOT_A_LIST, ["a b"], ["\ud800"]]),
        ("expires_at", [*bodies.NOT_TEXT, *bodies.HOSTILE_TEXTS, ""]),
    ],
)
def test_names_the_member_of_json_that_is_wrong(page, member, values):
    for value in values:
        answer = page.post_json(PATH, {"name": "CI", member: value})
        assert_refused(answer, field=member)


@pytest.mark.parametrize("token", ["x" * 101, "a\u202eb"])
def test_names_a_repeat_token_that_is_wrong(page, token):
    answer = page.send(PATH, "name=CI", **{"Idempotency-Key": token})

    assert_refused(answer, field="idempotency_key")


def test_is_in_the_history(page):
    key_id = made(page.send(PATH, "name=CI"))["id"]

    event = AuditEvent.objects.get(action="key.created")
    assert (event.actor_id, event.channel, str(event.key_id)) == ("ada", "api", key_id)


def test_writes_its_secret_nowhere(page, caplog):
    secret = made(page.send(PATH, "name=CI"))["secret"]

    rows = [*Key.objects.values(), *AuditEvent.objects.values()]
    assert secret not in repr(rows)
    assert secret not in caplog.text
    assert secret not in page.read(PATH).content.decode()


def test_costs_few_queries(page, django_assert_max_num_queries):
    # The session; begin; the app, the organization, the person, the token's row (twice
    # a savepoint), the count, the key, its secret; the chain (made, read), the event,
    # the chain written; commit; the row as shown.
    with django_assert_max_num_queries(19):
        made(page.send(PATH, "name=CI", **ONCE))


def test_gives_each_page_its_own_tokens(page, globex_page):
    for one in (page, globex_page):
        made(one.send(PATH, "name=CI", **ONCE))

    assert Key.objects.count() == 2
