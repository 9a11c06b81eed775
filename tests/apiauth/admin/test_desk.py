"""What holds for every list and page of the operators."""

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apiauth.models import (
    AuditEvent,
    BackendKey,
    KeySecret,
    PortalSession,
    SessionToken,
    Ticket,
)
from tests import make
from tests.apiauth.admin.conftest import HOSTILE, SUBJECTS, url


def test_shows_a_list_and_its_rows(olga, shelf):
    for subject in SUBJECTS:
        listed = olga.list(subject)
        page = olga.row(subject, shelf.rows[subject])

        assert (listed.status_code, page.status_code) == (200, 200)
        assert str(shelf.rows[subject].pk) in listed.text
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_shows_a_list_without_rows(olga):
    for subject in SUBJECTS:
        listed = olga.list(subject)

        assert listed.status_code == 200
        assert "There is nothing here yet." in listed.text


def test_narrows_every_list_by_every_filter(olga, shelf):
    for subject in SUBJECTS:
        changelist = olga.list(subject).context["cl"]

        for spec in changelist.filter_specs:
            for choice in spec.choices(changelist):
                answer = olga.get(url(subject, "changelist") + choice["query_string"])
                assert answer.status_code == 200


@pytest.mark.parametrize("value", ["\x00", "nonsense", ""])
def test_answers_a_filter_that_says_nothing_it_knows(olga, shelf, value):
    for subject in SUBJECTS:
        for spec in olga.list(subject).context["cl"].filter_specs:
            for parameter in spec.expected_parameters():
                status = olga.list(subject, **{parameter: value}).status_code
                assert status in {200, 302}, (subject, parameter)


def test_calls_people_people(olga, shelf):
    assert "<title>People" in olga.list("enduser").text
    assert " · Person · " in olga.row("enduser", shelf.person).text


def test_finds_by_id_and_finds_nothing_by_nonsense(olga, shelf):
    for subject in SUBJECTS:
        row = shelf.rows[subject]
        known = row.key_id if subject == "auditevent" else row.pk

        found = olga.list(subject, q=str(known)).context["cl"].result_list
        missed = olga.list(subject, q="no such thing")

        assert row in list(found)
        assert "Nothing matches." in missed.text


def test_finds_a_name_however_it_is_composed(olga, acme):
    key = make.key(acme.app, "Caf\u00e9").key

    for name in ("Caf\u00e9", "Cafe\u0301"):
        assert list(olga.list("key", q=name).context["cl"].result_list) == [key]


def test_takes_an_id_that_is_none_for_no_row(olga, shelf):
    for subject in SUBJECTS:
        assert olga.get(url(subject, "change", "nonsense")).status_code == 302
        for parameter in ("deployment_id", "app_id", "key_id", "session_id"):
            status = olga.list(subject, **{parameter: "nonsense"}).status_code
            assert status in {200, 302, 400}


@pytest.mark.parametrize(
    "lookup",
    [
        "digest",
        "digest__exact",
        "pepper_id__startswith",
        "binder_digest__gte",
        "hash__exact",
        "fingerprint__exact",
        "secrets__digest",
        "name__regex",
        "permissions__contains",
        "created_at__regex",
    ],
)
def test_answers_no_question_that_a_list_does_not_offer(olga, shelf, lookup):
    for subject in SUBJECTS:
        assert olga.list(subject, **{lookup: "("}).status_code == 400


@pytest.mark.parametrize("part", ["year", "month", "day"])
@pytest.mark.parametrize("value", ["nonsense", "99999", "0", ""])
def test_takes_a_date_that_is_none_for_no_failure(olga, shelf, part, value):
    for subject in SUBJECTS:
        answer = olga.list(subject, **{f"created_at__{part}": value})

        assert answer.status_code in {200, 302, 400}


@pytest.mark.parametrize(
    "wrong",
    [
        {"created_at__year": "9999"},
        {"created_at__year": "9" * 25},
        {"created_at__year": "9" * 5000},
        {"created_at__year": "1"},
        {"created_at__year": "2026", "created_at__month": "9" * 25},
        {"created_at__month": "9" * 25},
        {
            "created_at__year": "9999",
            "created_at__month": "12",
            "created_at__day": "31",
        },
        {"created_at__gte": "9999-12-31T23:59:59-23:59"},
        {"created_at__lt": "0001-01-01T00:00:00+23:59"},
        {"created_at__gte": "2026-02-30"},
        {"created_at__lt": "x"},
    ],
)
def test_leads_from_a_date_that_cannot_be_to_the_list(olga, shelf, wrong):
    asked = [(url(subject, "changelist"), wrong) for subject in SUBJECTS]
    answers = [(address, olga.get(address, wrong)) for address, wrong in asked]

    # Some lists are narrowed by years, some by spans; 400 says that it is not offered.
    led = [(a, answer) for a, answer in answers if answer.status_code != 400]
    assert led
    assert all(answer.headers["Location"] == f"{a}?e=1" for a, answer in led)


def test_narrows_by_dates_that_can_be(olga, shelf):
    moment = shelf.ticket.ticket.created_at
    month = {f"created_at__{part}": getattr(moment, part) for part in ("year", "month")}
    until = shelf.issued.key.created_at

    assert olga.list("ticket", **month).context["cl"].result_count
    assert olga.list("key", created_at__gte=until).context["cl"].result_count == 1
    assert not olga.list("key", created_at__lt=until).context["cl"].result_count


@pytest.mark.parametrize("chosen", [["nonsense"], ["9" * 30], ["\x00"], ["", "x"]])
def test_acts_on_nothing_that_is_no_id(olga, shelf, chosen):
    before = AuditEvent.objects.count()

    for subject in ("key", "backendkey"):
        sent = {"action": "revoke", "index": 0, "_selected_action": chosen}
        answer = olga.post(url(subject, "changelist"), sent, follow=True)

        assert answer.status_code == 200
        assert "Nothing was changed" in answer.text
    assert AuditEvent.objects.count() == before


def test_shows_no_secret_and_no_digest(olga, shelf):
    for subject in SUBJECTS:
        digests = [
            bytes(digest).hex()
            for model in (BackendKey, KeySecret, SessionToken, Ticket)
            for digest in model.objects.values_list("digest", flat=True)
        ]
        session = PortalSession.objects.get(pk=shelf.opened.session.pk)
        digests.append(bytes(session.binder_digest).hex())

        shown = olga.list(subject).text + olga.row(subject, shelf.rows[subject]).text

        assert not [s for s in (*shelf.secrets, *digests) if s in shown]


def test_escapes_what_customers_typed(olga, shelf):
    for subject in SUBJECTS:
        shown = olga.list(subject).text + olga.row(subject, shelf.rows[subject]).text

        assert HOSTILE not in shown


def test_sends_strangers_to_the_sign_in(shelf):
    for subject in SUBJECTS:
        stranger = Client()

        for address in _addresses(subject, shelf.rows[subject]):
            answer = stranger.get(address)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(reverse("admin:login"))


def test_refuses_staff_without_the_permission(newcomer, shelf):
    for subject in SUBJECTS:
        for address in _addresses(subject, shelf.rows[subject]):
            assert newcomer.get(address).status_code == 403


def test_lets_readers_read_and_offers_them_no_verb(rosa, shelf):
    for subject in SUBJECTS:
        listed = rosa.list(subject)
        page = rosa.row(subject, shelf.rows[subject])

        assert (listed.status_code, page.status_code) == (200, 200)
        assert "/verbs/" not in page.text
        assert rosa.do(subject, "revoke", shelf.rows[subject]).status_code in {403, 404}


def test_saves_and_deletes_nothing_by_djangos_own_forms(olga, shelf):
    for subject in SUBJECTS:
        row = shelf.rows[subject]
        before = AuditEvent.objects.count()

        saved = olga.post(url(subject, "change", row.pk), {"name": "changed"})
        deleted = olga.post(url(subject, "delete", row.pk), {"post": "yes"})
        in_bulk = olga.post(
            url(subject, "changelist"),
            {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
        )

        assert (saved.status_code, deleted.status_code) == (403, 403)
        assert in_bulk.status_code in {200, 302}
        assert type(row).objects.filter(pk=row.pk).exists()
        assert AuditEvent.objects.count() == before


def test_changes_nothing_by_get(olga, shelf):
    for subject in SUBJECTS:
        before = AuditEvent.objects.count()
        query = {"_selected_action": shelf.rows[subject].pk, "confirmed": "yes"}

        for verb in ("revoke", "end", "deactivate", "delete", "suspend"):
            answer = olga.get(url(subject, "verb", verb), {**query, "reason": "x"})
            assert answer.status_code == 405

        assert AuditEvent.objects.count() == before


def test_wants_djangos_own_proof_against_forgery(olga, shelf):
    olga.handler.enforce_csrf_checks = True

    answer = olga.confirm("key", "revoke", shelf.issued.key)

    assert answer.status_code == 403


def test_leads_from_a_row_to_its_history(olga, shelf):
    answer = olga.get(url("key", "history", shelf.issued.key.pk))

    assert answer.status_code == 302
    assert f"key_id={shelf.issued.key.pk}" in answer.headers["Location"]


def test_shows_where_to_begin(olga, rosa, newcomer):
    begin = reverse("admin:index")

    assert url("key", "find") in olga.get(begin).text
    assert url("key", "find") in rosa.get(begin).text
    assert url("key", "find") not in newcomer.get(begin).text


def _addresses(subject: str, row: Model) -> list[str]:
    pages = [url(subject, "changelist"), url(subject, "change", row.pk)]
    extra = {
        "apiauthapp": ("add", "settings"),
        "backendkey": ("mint",),
        "deployment": ("add", "settings"),
        "key": ("find",),
    }
    pages += [
        url(subject, page, *([row.pk] if page == "settings" else []))
        for page in extra.get(subject, ())
    ]
    return [*pages, url(subject, "history", row.pk)]
