"""`GET /api-auth/rate-limit-schemes/{slug}`."""

from tests import make

PATH = "/api-auth/rate-limit-schemes/basic"


def test_shows_what_clients_read(ask, acme):
    stored = make.scheme(acme.deployment)

    answer = ask("GET", PATH).json()

    assert set(answer) == {
        "id",
        "deployment_id",
        "slug",
        "name",
        "description",
        "rules",
        "created_at",
        "updated_at",
    }
    assert answer["id"] == str(stored.pk)
    assert answer["description"] is None
    assert answer["rules"] == [{**make.RULE, "priority": 0}]
    assert answer["created_at"].endswith("Z")


def test_shows_a_bound_key_what_limits_its_apps(ask, acme, bound):
    make.scheme(acme.deployment)

    assert ask("GET", PATH, bearer=bound).status_code == 200


def test_costs_few_queries(ask, acme, django_assert_num_queries):
    make.scheme(acme.deployment)
    ask("GET", PATH)

    with django_assert_num_queries(2):  # the backend key; the scheme
        ask("GET", PATH)
