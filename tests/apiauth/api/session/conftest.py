"""Pages of acme's, with and without a session, in production and in staging."""

import pytest

from tests import make
from tests.apiauth.api.session.page import Page
from tests.conftest import Tenant

ADA = {
    "user_id": "ada",
    "user_label": "Ada",
    "organization_id": "acme-ltd",
    "organization_label": "Acme Ltd",
}


@pytest.fixture
def staging(db) -> Tenant:
    """Acme's other deployment."""
    deployment = make.deployment("acme-staging", mode="staging")
    app = make.app(deployment, key_prefix="acme_test")
    return Tenant(deployment=deployment, minted=make.backend_key(deployment), app=app)


@pytest.fixture
def ticket(acme):
    """Ask for one more ticket of ada's."""

    def issue(tenant=acme, **claims):
        return make.ticket(tenant.backend_key, **{**ADA, **claims}).secret

    return issue


@pytest.fixture
def open_page(acme, ticket):
    """Open a page and exchange a ticket with these claims in it."""

    def opened(tenant=acme, place=None, **claims):
        page = Page(tenant.deployment, place=place)
        assert page.exchange(ticket(tenant, **claims)).status_code == 200
        return page

    return opened


@pytest.fixture
def stranger(acme) -> Page:
    """A page without a session."""
    return Page(acme.deployment)


@pytest.fixture
def page(open_page) -> Page:
    """Ada's page: she may do everything."""
    return open_page()


@pytest.fixture
def looker(open_page) -> Page:
    """Ben's page: he may only look."""
    return open_page(user_id="ben", capabilities=["keys:read"])


@pytest.fixture
def globex_page(globex, open_page) -> Page:
    return open_page(globex, user_id="mallory", organization_id="evil")
