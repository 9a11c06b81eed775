"""The log of decisions: its pages, its filters, and who sees what of it."""

import base64
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiauth import credentials, decisions, gateway, keys
from apiauth.decisions import Filters, Place, Reach
from apiauth.errors import Invalid
from apiauth.models import Decision, OwnerKind
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def page(app, limit=100, place=None, now=NOON + HOUR, reach=None, **filters):
    return decisions.page(
        reach=reach or Reach(app=app),
        filters=Filters(**filters),
        place=place or Place(),
        limit=limit,
        now=now,
    )


def rows(app, **options):
    return [row.id for row in page(app, **options).rows]


def walk(app, limit, between=lambda: None, **options):
    """Follow the cursors to the end; every page as a list of ids."""
    place = Place()
    for _ in range(100):
        read = page(app, limit, place, **options)
        yield [row.id for row in read.rows]
        if read.next_cursor is None:
            return
        between()
        place = Place(cursor=read.next_cursor)
    pytest.fail("The list has no end.")


def respell(row, spelling):
    """Spell the moment of a row as another writer would have."""
    moment = f"'{spelling}'" if connection.vendor == "sqlite" else f"'{spelling}+00'"
    Decision.objects.filter(pk=row.pk).update(decided_at=RawSQL(moment, ()))  # noqa: S611 - ours


def ask(secret, **settings):
    asked = gateway.ask(secret=secret, method="GET", resource="/", **settings)
    return uuid.UUID(gateway.check(asked).question.id)


# --------------------------------------------------------------------------- order


def test_shows_the_newest_first(acme, ci_key):
    made = [make.decision(ci_key.key, NOON - n * HOUR).id for n in (3, 1, 2)]

    assert rows(acme.app) == [made[1], made[2], made[0]]


def test_breaks_ties_by_the_request_id(acme, ci_key):
    made = [make.decision(ci_key.key, NOON, id=uuid.uuid4()) for _ in range(9)]

    shown = [row.request_id for row in page(acme.app).rows]
    assert shown == sorted((d.request_id for d in made), reverse=True)


def test_tells_the_keys_name_in_the_same_query(acme, ci_key, django_assert_num_queries):
    make.decision(ci_key.key, NOON)

    with django_assert_num_queries(1):
        assert page(acme.app).rows[0].name_of_key == "CI"


# --------------------------------------------------------------------------- pages

# Few enough that many are alike.
_MOMENTS = st.builds(
    lambda second, fraction: NOON + timedelta(seconds=second, microseconds=fraction),
    st.integers(0, 3),
    st.sampled_from([0, 1, 999, 1000, 500_000]),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moments=st.lists(_MOMENTS, max_size=12), limit=st.integers(1, 5), late=_MOMENTS)
def test_pages_together_are_the_whole(acme, ci_key, moments, limit, late):
    Decision.objects.all().delete()
    for at in moments:
        make.decision(ci_key.key, at, id=uuid.uuid4())
    whole = rows(acme.app)

    def record():
        make.decision(ci_key.key, late, id=uuid.uuid4())

    seen = [row for one in walk(acme.app, limit, record) for row in one]
    assert len(seen) == len(set(seen))
    assert [row for row in seen if row in set(whole)] == whole


def test_pages_what_the_databases_own_clock_wrote(acme, ci_key):
    asked = [ask(ci_key.secret) for _ in range(7)]
    now = timezone.now()

    walked = list(walk(acme.app, 1, now=now))

    assert sorted(row for one in walked for row in one) == sorted(asked)
    assert len(walked) == 7


@pytest.mark.parametrize("microsecond", [0, 123_000])
def test_does_not_mind_in_how_many_digits_a_moment_was_written(
    acme, ci_key, microsecond
):
    at = NOON.replace(microsecond=microsecond)
    made = [make.decision(ci_key.key, at, id=uuid.uuid4()) for _ in range(4)]
    short = f"{at:%Y-%m-%d %H:%M:%S}.{microsecond // 1000:03}"
    # As the database's clock spells it, which on SQLite is a text of its own.
    respell(made[1], short)
    respell(made[3], short)

    walked = [row for one in walk(acme.app, 1) for row in one]

    assert walked == sorted((d.id for d in made), reverse=True)
    assert len(rows(acme.app, start=at)) == 4
    assert rows(acme.app, end=at) == []
    assert len(rows(acme.app, start=at, end=at + MICROSECOND)) == 4


def test_has_a_cursor_only_where_more_follows(acme, ci_key):
    for n in range(4):
        make.decision(ci_key.key, NOON - n * HOUR)

    assert [len(one) for one in walk(acme.app, 2)] == [2, 2]
    assert page(acme.app, 4).next_cursor is None
    assert page(acme.app, 3).next_cursor is not None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "\x00",
        "A" * 31,
        "A" * 33,
        "A" * 28 + "====",
        "A" * 31 + "/",
        "ä" * 32,
        "x" * 100_000,
        "_" * 32,
        base64.urlsafe_b64encode(b"\x7f" * 24).decode(),
        base64.urlsafe_b64encode(b"1795305600000000|x").decode(),
    ],
)
def test_refuses_a_cursor_that_nobody_was_given(acme, cursor):
    with pytest.raises(Invalid) as refused:
        page(acme.app, place=Place(cursor=cursor))

    assert refused.value.field == "cursor"


def test_goes_on_behind_a_row_although_its_time_was_shown_in_milliseconds(acme, ci_key):
    made = [
        make.decision(ci_key.key, NOON + n * MICROSECOND).id for n in (123_900, 123_100)
    ]
    shown = NOON.replace(microsecond=123_000)

    for row_id in (f"req_{made[0].hex}", str(made[0])):
        place = Place(row_moment=shown, row_id=row_id)
        assert rows(acme.app, place=place) == made[1:]


def test_goes_on_behind_a_row_that_is_gone(acme, ci_key):
    kept = make.decision(ci_key.key, NOON - HOUR)
    make.decision(ci_key.key, NOON + MICROSECOND)

    place = Place(row_moment=NOON, row_id=f"req_{uuid.uuid4().hex}")

    assert rows(acme.app, place=place) == [kept.id]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (Place(row_moment=NOON), "cursor_id"),
        (Place(row_id=f"req_{'0' * 32}"), "cursor_ts"),
        (Place(row_moment=NOON, row_id="req_x"), "cursor_id"),
        (Place(row_moment=NOON, row_id="\x00"), "cursor_id"),
        (Place(offset=-1), "offset"),
        (Place(offset=decisions.MOST_SKIPPED + 1), "offset"),
        (Place(offset=10**30), "offset"),
    ],
)
def test_refuses_a_place_that_cannot_be(acme, place, field):
    with pytest.raises(Invalid) as refused:
        page(acme.app, place=place)

    assert refused.value.field == field


def test_skips_rows_only_without_a_cursor(acme, ci_key):
    made = [make.decision(ci_key.key, NOON - n * HOUR).id for n in range(4)]
    first = page(acme.app, 1)

    assert rows(acme.app, place=Place(offset=3)) == made[3:]
    behind = Place(cursor=first.next_cursor, offset=3)
    assert rows(acme.app, place=behind) == made[1:]


def test_prefers_a_cursor_to_a_row(acme, ci_key):
    made = [make.decision(ci_key.key, NOON - n * HOUR).id for n in range(3)]
    cursor = page(acme.app, 1).next_cursor

    place = Place(cursor=cursor, row_moment=NOON, row_id=made[2].hex)

    assert rows(acme.app, place=place) == made[1:]


# ------------------------------------------------------------------------- filters


def test_goes_back_seven_days(acme, ci_key):
    now = NOON + HOUR
    kept = make.decision(ci_key.key, now - 7 * DAY)
    make.decision(ci_key.key, now - 7 * DAY - MICROSECOND)

    assert rows(acme.app) == [kept.id]


def test_honours_an_end_without_a_start(acme, ci_key):
    kept = make.decision(ci_key.key, NOON - 15 * DAY)
    make.decision(ci_key.key, NOON - 10 * DAY)

    assert rows(acme.app, end=NOON - 10 * DAY) == [kept.id]


def test_tells_allowed_from_blocked(acme, ci_key):
    good = make.decision(ci_key.key, NOON)
    bad = make.decision(ci_key.key, NOON, "permission_denied")

    assert rows(acme.app, allowed=True) == [good.id]
    assert rows(acme.app, allowed=False) == [bad.id]


def test_finds_the_rows_of_one_key(acme, ci_key):
    other = make.key(acme.app, "other").key
    mine = make.decision(ci_key.key, NOON)
    make.decision(other, NOON)

    assert rows(acme.app, key_id=ci_key.key.id) == [mine.id]
    assert rows(acme.app, key_id=uuid.uuid4()) == []


# ---------------------------------------------------------------------- who sees it


def test_holds_every_verdict_on_a_known_key_and_no_other(acme, ci_key):
    asked = [ask(ci_key.secret), ask(ci_key.secret, required_permissions=["x:y"])]
    ask(credentials.make_secret("acme_live"), bearer=acme.minted.secret)
    keys.revoke(key=ci_key.key, reason="other", actor=make.ADA, now=timezone.now())
    asked.append(ask(ci_key.secret))

    shown = {row.id: row.blocked_by for row in page(acme.app, now=timezone.now()).rows}

    assert shown == dict(
        zip(asked, [None, "permission_denied", "revoked"], strict=True)
    )
    assert Decision.objects.count() == 4


def test_another_tenant_and_another_app_see_nothing(acme, globex, ci_key):
    made = make.decision(ci_key.key, NOON)
    place = Place(row_moment=NOON + HOUR, row_id=made.request_id)

    for app in (globex.app, make.app(acme.deployment, "aa_2")):
        assert rows(app) == rows(app, key_id=ci_key.key.id) == []
        assert rows(app, place=place) == []


def test_a_session_sees_its_owners_keys_alone(acme, ada, ci_key):
    ben = keys.Owner(kind=OwnerKind.USER, id="ben")
    mine = make.decision(ci_key.key, NOON)
    other = make.decision(make.key(acme.app, owner=ben).key, NOON - HOUR)
    whole = make.session(acme.backend_key, user_id=None, organization_id=None)

    assert rows(acme.app, reach=Reach.of_session(ada.session)) == [mine.id]
    assert rows(acme.app, reach=Reach.of_session(whole.session)) == [mine.id, other.id]


def test_a_session_cannot_aim_at_anothers_row(acme, ada, ci_key):
    mine = make.decision(ci_key.key, NOON)
    ben = keys.Owner(kind=OwnerKind.USER, id="ben")
    other = make.decision(make.key(acme.app, owner=ben).key, NOON - DAY)

    # Were the other's moment read, the page would begin behind it.
    place = Place(row_moment=NOON + HOUR, row_id=other.request_id)

    assert rows(acme.app, reach=Reach.of_session(ada.session), place=place) == [mine.id]


# ------------------------------------------------------------------------- the row


def test_writers_may_leave_out_what_they_do_not_know(ci_key):
    make.decision(ci_key.key, NOON)
    known = "id, allowed, code, method, path, client_ip, user_agent"
    required = "required_permissions, decided_at, deployment_id, app_id, key_id"

    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE copied AS SELECT {known}, {required}"  # noqa: S608 - ours
            " FROM apiauth_decision"
        )
        cursor.execute("DELETE FROM apiauth_decision")
        cursor.execute(
            f"INSERT INTO apiauth_decision ({known}, {required}) SELECT * FROM copied"  # noqa: S608 - ours
        )

    row = Decision.objects.get()
    assert (row.blocked_rule, row.violation, row.rate_limits) == ("", "", [])
