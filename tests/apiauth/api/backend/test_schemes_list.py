"""`GET /api-auth/rate-limit-schemes`."""

from datetime import timedelta

from django.utils import timezone

from apiauth import schemes
from tests import make

PATH = "/api-auth/rate-limit-schemes"


def test_lists_last_updated_first(ask, acme, globex):
    oldest, *_ = (make.scheme(acme.deployment, slug) for slug in ("a", "b", "c"))
    make.scheme(globex.deployment, "theirs")
    later = timezone.now() + timedelta(minutes=1)
    schemes.update(scheme=oldest, name="Changed", actor=make.HOST, now=later)

    answer = ask("GET", PATH).json()

    assert [scheme["slug"] for scheme in answer["schemes"]] == ["a", "c", "b"]
    assert set(answer) == {"schemes", "total"}
    assert answer["total"] == 3


def test_lists_none(ask):
    assert ask("GET", PATH).json() == {"schemes": [], "total": 0}


def test_costs_the_same_for_few_and_many(ask, acme, django_assert_num_queries):
    for number in range(20):
        make.scheme(acme.deployment, f"s{number}")
    ask("GET", PATH)

    with django_assert_num_queries(2):  # the backend key; the schemes
        ask("GET", PATH)
