"""How many questions each list asks the database, however long it is."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apiauth import tenants
from apiauth.models import Decision
from tests import make
from tests.apiauth.admin.conftest import SUBJECTS, url

# The session and its postponement in a transaction (4), the operator (1), the
# total (1), the first and last day of the hierarchy and its days (2), the rows (1),
# and the choices of the filters by deployment (1) and by app (1).
LIST = 11
# The session and its postponement in a transaction (4), the operator (1), the row for
# its verbs and for its fields (2), what hangs on it (1), and once the content type (1).
PAGE = 9


def _fill(acme) -> None:
    now = timezone.now()
    for n in range(4):
        make.key(acme.app, f"CI {n}")
        make.session(acme.backend_key, user_id=f"u{n}")
        make.app(acme.deployment, f"more_{n}")
        make.backend_key(acme.deployment)
        make.deployment(f"other{n}")
        told = {"deployment": acme.deployment, "actor": make.HOST, "now": now}
        tenants.set_organization(external_id=f"org{n}", **told)
        tenants.set_user(external_id=f"user{n}", **told)
        Decision.objects.create(
            deployment_id=acme.deployment.pk,
            app_id=acme.app.pk,
            allowed=True,
            code="allowed",
            method="GET",
            path="/",
            decided_at=now,
        )


def test_asks_the_same_for_few_rows_and_many(olga, acme, shelf):
    few = {subject: _count(olga, url(subject, "changelist")) for subject in SUBJECTS}

    _fill(acme)
    many = {subject: _count(olga, url(subject, "changelist")) for subject in SUBJECTS}

    assert many == few
    assert max(many.values()) <= LIST


def test_asks_little_for_one_row(olga, shelf):
    for subject in SUBJECTS:
        row = shelf.rows[subject]
        assert _count(olga, url(subject, "change", row.pk)) <= PAGE


def _count(operator, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert operator.get(address).status_code == 200
    return len(captured)
