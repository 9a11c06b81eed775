"""Northwind Reports on Flask: the key desk in its settings, its API behind keys."""

import logging
import os

from directory import CAPABILITIES, REPORTS, Person
from flask import Flask, Response, abort, make_response, render_template, request
from sign_in import ORIGIN, pages, signed_in

from keyplate_client import Keyplate, KeyplateError, Route
from keyplate_client.wsgi import VERDICT, KeyplateMiddleware

URL, APP = os.environ["KEYPLATE_URL"], os.environ["KEYPLATE_APP_SLUG"]
PORTAL = os.environ["KEYPLATE_PORTAL_ORIGIN"]
POLICY = f"default-src 'none'; script-src {PORTAL}; frame-src {PORTAL}; "
POLICY += "connect-src 'self'; form-action 'self'; base-uri 'none'"
# Two keys on purpose: the website may issue tickets, the API may only ask.
website = Keyplate(URL, os.environ["KEYPLATE_BACKEND_KEY"])
gateway = Keyplate(URL, os.environ["KEYPLATE_GATEWAY_KEY"])
logging.basicConfig(level=logging.INFO)
log = logging.getLogger("northwind")

app = Flask(__name__)
app.register_blueprint(pages)
app.config.update(
    SECRET_KEY=os.environ["NORTHWIND_SECRET_KEY"],
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=ORIGIN.startswith("https:"),
)
app.wsgi_app = KeyplateMiddleware(  # type: ignore[assignment, method-assign]  # Flask's own way
    app.wsgi_app,
    gateway,
    below="/api",
    routes=[Route("/api/reports", ["reports:read"], methods=["GET"])],
)


def manager(tenant: str) -> Person:
    """Let in who may use this company's desk: your own rules, before any ticket."""
    person = signed_in()
    if person.tenant.slug != tenant:
        abort(404, "There is no such company.")
    if person.tenant.is_suspended or person.role not in CAPABILITIES:
        log.warning("no desk for %s of %s", person.id, tenant)
        abort(403, "Your role does not include API keys.")
    return person


@app.get("/t/<tenant>/settings/api-keys")
def api_keys(tenant: str) -> Response:
    """Show the desk."""
    person = manager(tenant)
    page = make_response(render_template("api_keys.html", person=person, portal=PORTAL))
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Cache-Control"] = "no-store"
    return page


@app.post("/t/<tenant>/settings/api-keys/ticket")
def ticket(tenant: str) -> dict[str, str | int]:
    """Hand the element a ticket that can do no more than this person may."""
    person = manager(tenant)
    try:
        issued = website.tickets.issue(
            APP,
            user_id=person.id,
            user_label=person.name,
            organization_id=person.tenant.id,
            organization_label=person.tenant.name,
            capabilities=CAPABILITIES[person.role],
            embed_origin=ORIGIN,
        )
    except KeyplateError as error:
        log.warning("no ticket for %s: %s", person.id, error.code)
        abort(503, "The key desk does not answer.")
    log.info("ticket for %s of %s", person.id, person.tenant.slug)
    return issued.for_browser()


@app.get("/api/reports")
def reports() -> dict[str, list[dict[str, str]]]:
    """List the reports of the company that owns the key; the guard let it in."""
    identity = request.environ[VERDICT].identity
    return {"reports": REPORTS.get(identity.organization_id, [])}
