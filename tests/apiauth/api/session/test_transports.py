"""How a session travels: in a header, in a cookie, in the address. One resolver."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from apiauth import sessions
from apiauth.http import transports
from apiauth.models import PortalSession, SessionToken
from tests import make
from tests.apiauth.api.bodies import assert_refused
from tests.apiauth.api.session.page import Page

PATH = "/api-auth/session"
CONTRADICTION = "The credentials of this request are of different sessions."


def session_of(answer):
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]["session_id"]


def without_origin(page):
    del page.said["Origin"]
    return page


# ----------------------------------------------------------------------------- header


def test_takes_a_token_in_the_header(stranger, ticket):
    stranger.take_token(ticket())

    assert session_of(stranger.read(PATH)) == str(PortalSession.objects.get().pk)


def test_takes_a_token_of_no_browser(stranger, ticket):
    stranger.take_token(ticket())

    assert without_origin(stranger).read(PATH).status_code == 200


def test_takes_the_desks_own_token_with_its_binder(stranger, ada):
    stranger.said[transports.TOKEN_HEADER] = ada.token
    stranger.cookies[transports.BINDER_COOKIE] = ada.binder
    assert session_of(stranger.read(PATH)) == str(ada.session.pk)

    stranger.cookies.clear()
    assert_refused(stranger.read(PATH), 401)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_takes_no_token_from_a_foreign_page(stranger, ticket, method):
    stranger.take_token(ticket())
    stranger.said["Origin"] = "https://evil.example"
    path = PATH if method != "POST" else f"{PATH}/end"

    answer = stranger.ask(method, path)

    assert_refused(answer, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_does_without_sign_of_life_for_a_foreign_page(stranger, ticket):
    stranger.take_token(ticket())
    PortalSession.objects.update(last_seen_at=F("last_seen_at") - timedelta(minutes=1))
    before = PortalSession.objects.get().last_seen_at
    stranger.said["Origin"] = "https://evil.example"

    stranger.read(PATH)

    assert PortalSession.objects.get().last_seen_at == before


def test_ends_sooner_without_a_binder(stranger, page, ticket):
    stranger.take_token(ticket())
    PortalSession.objects.update(last_seen_at=F("last_seen_at") - timedelta(minutes=11))

    assert_refused(stranger.read(PATH), 401)
    assert page.read(PATH).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "aps_" + "x" * 40, "apb_" + "1" * 40])
def test_takes_no_other_text(stranger, token):
    stranger.said[transports.TOKEN_HEADER] = token

    assert_refused(stranger.read(PATH), 401)


# ----------------------------------------------------------------------------- cookie


def test_takes_a_cookie_with_its_origin(page):
    assert session_of(page.read(PATH)) == str(PortalSession.objects.get().pk)


def test_takes_a_cookie_from_our_own_pages(page, settings):
    page.said["Origin"] = settings.KEYPLATE_PUBLIC_URL
    assert page.ask("POST", "/api-auth/keys", "name=CI", "").status_code != 403

    same = {"Sec-Fetch-Site": "same-origin"}
    assert without_origin(page).read(PATH, **same).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", PATH, {}),
        ("GET", PATH, {"Sec-Fetch-Site": "cross-site"}),
        ("GET", PATH, {"Sec-Fetch-Site": "same-site"}),
        ("GET", PATH, {"Sec-Fetch-Site": "none"}),
        ("POST", "/api-auth/keys", {}),
        ("POST", "/api-auth/keys", {"Sec-Fetch-Site": "same-origin"}),
        ("DELETE", PATH, {"Sec-Fetch-Site": "same-origin"}),
    ],
)
def test_takes_no_cookie_of_an_unnamed_page(page, method, path, said):
    answer = without_origin(page).ask(method, path, **said)

    assert_refused(answer, 403)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.acme.example",
        "https://app.acme.example:8443",
        "https://APP.acme.example",
        "https://app.acme.example/",
        "https://x.app.acme.example",
        "null",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_takes_no_cookie_from_a_foreign_page(page, origin, method):
    page.said["Origin"] = origin

    answer = page.ask(method, PATH)

    assert_refused(answer, 403)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert PortalSession.objects.get().ended_at is None


def test_asks_the_app_which_pages_are_its_own(page, acme):
    other = "https://other.acme.example"
    make.app(acme.deployment, "aa_2", embed_origins=[other])
    page.said["Origin"] = other

    answer = page.read(PATH)

    assert_refused(answer, 403)
    # That page is one of this deployment's: it may read why.
    assert answer.headers["Access-Control-Allow-Origin"] == other


def test_is_its_own_binder(page, acme):
    token = page.cookies[transports.SESSION_COOKIE].value
    thief = Page(acme.deployment)
    thief.said[transports.TOKEN_HEADER] = token

    assert_refused(thief.read(PATH), 401)
    assert PortalSession.objects.get().bound_at is not None


def test_puts_no_token_of_the_address_into_production(page):
    token = page.cookies[transports.SESSION_COOKIE].value
    page.cookies.clear()

    answer = page.read(f"{PATH}?{transports.DEVELOPMENT_PARAMETER}={token}")

    assert_refused(answer, 401)


# ---------------------------------------------------------------------------- address


def test_takes_a_token_in_the_address_in_staging(staging, open_page):
    page = open_page(staging)

    assert not page.cookies
    assert session_of(page.read(PATH)) == str(PortalSession.objects.get().pk)


def test_takes_no_header_token_in_the_address_in_production(stranger, ticket):
    token = stranger.take_token(ticket())
    del stranger.said[transports.TOKEN_HEADER]

    answer = stranger.read(f"{PATH}?{transports.DEVELOPMENT_PARAMETER}={token}")

    assert_refused(answer, 401)


def test_takes_an_empty_one_for_none(staging, stranger, page):
    assert_refused(Page(staging.deployment).read(PATH), 401)
    empty = f"{PATH}?{transports.DEVELOPMENT_PARAMETER}="
    assert page.read(empty).status_code == 200


@pytest.mark.parametrize("token", ["%00", "%ff", "x" * 5000, "aps_", "%E2%80%AE"])
def test_takes_no_other_text_in_the_address(staging, token):
    page = Page(staging.deployment)
    page.development = token

    assert_refused(page.read(PATH), 401)


def test_puts_a_new_token_in_the_place_of_an_old_one(staging, open_page):
    page = open_page(staging)
    first = page.development
    assert transports.DEVELOPMENT_HEADER not in page.read(PATH).headers
    _age_tokens()

    answer = page.read(PATH)

    assert answer.headers[transports.DEVELOPMENT_HEADER] == page.development != first
    assert page.read(PATH).status_code == 200
    page.development = first
    assert page.read(PATH).status_code == 200
    _age_tokens(grace_too=True)
    assert_refused(page.read(PATH), 401)


def test_hands_the_new_token_over_with_a_refusal(staging, open_page):
    page = open_page(staging, capabilities=[])
    _age_tokens()

    answer = page.read("/api-auth/keys")

    assert_refused(answer, 403)
    assert transports.DEVELOPMENT_HEADER in answer.headers
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert transports.DEVELOPMENT_HEADER in exposed


def test_replaces_a_token_once(staging, open_page):
    page = open_page(staging)
    first = page.development
    _age_tokens()
    page.read(PATH)
    page.development = first

    answer = page.read(PATH)

    assert transports.DEVELOPMENT_HEADER not in answer.headers
    assert SessionToken.objects.count() == 2


def _age_tokens(*, grace_too=False):
    long = sessions.DEVELOPMENT_TOKEN_LIFE
    SessionToken.objects.update(created_at=F("created_at") - long)
    if grace_too:
        ended = SessionToken.objects.filter(ends_at__isnull=False)
        ended.update(ends_at=timezone.now() - long)


# --------------------------------------------------------------------- more than one


def test_lets_the_header_win(page, ticket):
    stale = page.cookies[transports.SESSION_COOKIE].value
    page.ask("DELETE", PATH)
    page.cookies[transports.SESSION_COOKIE] = stale
    page.take_token(ticket(user_id="ben"))

    wanted = PortalSession.objects.get(ended_at=None)
    assert session_of(page.read(PATH)) == str(wanted.pk)


def test_refuses_a_contradiction(page, ticket):
    page.take_token(ticket(user_id="ben"))

    answer = page.read(PATH)

    assert_refused(answer, 401)
    assert answer.json()["message"] == CONTRADICTION


def test_refuses_a_contradiction_with_the_address(page, staging, ticket):
    other = Page(staging.deployment)
    other.exchange(ticket(staging))
    path = f"{PATH}?{transports.DEVELOPMENT_PARAMETER}={other.development}"

    assert page.read(path).json()["message"] == CONTRADICTION


def test_refuses_two_tokens_in_the_address(staging, open_page):
    first, second = open_page(staging), open_page(staging)
    path = f"{PATH}?{transports.DEVELOPMENT_PARAMETER}={second.development}"

    assert first.read(path).json()["message"] == CONTRADICTION


def test_takes_one_session_in_two_ways(staging, open_page):
    page = open_page(staging)
    page.said[transports.TOKEN_HEADER] = page.development

    assert page.read(PATH).status_code == 200


def test_does_not_fall_back_from_a_wrong_header(page):
    page.said[transports.TOKEN_HEADER] = "aps_wrong"

    assert_refused(page.read(PATH), 401)


def test_keeps_no_token_in_a_log(staging, open_page, caplog):
    page = open_page(staging)

    page.read(PATH)
    page.read("/nowhere")

    assert page.development not in caplog.text
