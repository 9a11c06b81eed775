"""Northwind Reports on FastAPI: the key desk in its settings, its API behind keys."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from directory import CAPABILITIES, REPORTS, Person
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from sign_in import ORIGIN, own_page, router, signed_in, templates
from starlette.middleware.sessions import SessionMiddleware

from keyplate_client import AsyncKeyplate, KeyplateError, Route
from keyplate_client.asgi import KeyplateMiddleware

URL, APP = os.environ["KEYPLATE_URL"], os.environ["KEYPLATE_APP_SLUG"]
PORTAL = os.environ["KEYPLATE_PORTAL_ORIGIN"]
POLICY = f"default-src 'none'; script-src {PORTAL}; frame-src {PORTAL}; "
POLICY += "connect-src 'self'; form-action 'self'; base-uri 'none'"
# Two keys on purpose: the website may issue tickets, the API may only ask.
website = AsyncKeyplate(URL, os.environ["KEYPLATE_BACKEND_KEY"])
gateway = AsyncKeyplate(URL, os.environ["KEYPLATE_GATEWAY_KEY"])
log = logging.getLogger("uvicorn.error")


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Close the connections to Keyplate when the server ends."""
    async with website, gateway:
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)
app.include_router(router)
app.add_middleware(
    SessionMiddleware,
    secret_key=os.environ["NORTHWIND_SECRET_KEY"],
    https_only=ORIGIN.startswith("https:"),
)
app.add_middleware(
    KeyplateMiddleware,
    keyplate=gateway,
    below="/api",
    routes=[Route("/api/reports", ["reports:read"], methods=["GET"])],
)


def manager(tenant: str, person: Annotated[Person, Depends(signed_in)]) -> Person:
    """Let in who may use this company's desk: your own rules, before any ticket."""
    if person.tenant.slug != tenant:
        raise HTTPException(404, "There is no such company.")
    if person.tenant.is_suspended or person.role not in CAPABILITIES:
        log.warning("no desk for %s of %s", person.id, tenant)
        raise HTTPException(403, "Your role does not include API keys.")
    return person


@app.get("/t/{tenant}/settings/api-keys")
def api_keys(
    request: Request, person: Annotated[Person, Depends(manager)]
) -> HTMLResponse:
    """Show the desk."""
    page = {"person": person, "portal": PORTAL}
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return templates.TemplateResponse(request, "api_keys.html", page, headers=headers)


@app.post("/t/{tenant}/settings/api-keys/ticket", dependencies=[Depends(own_page)])
async def ticket(
    person: Annotated[Person, Depends(manager)],
) -> dict[str, str | int]:
    """Hand the element a ticket that can do no more than this person may."""
    try:
        issued = await website.tickets.issue(
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
        raise HTTPException(503, "The key desk does not answer.") from error
    log.info("ticket for %s of %s", person.id, person.tenant.slug)
    return issued.for_browser()


@app.get("/api/reports")
def reports(request: Request) -> dict[str, list[dict[str, str]]]:
    """List the reports of the company that owns the key; the guard let it in."""
    identity = request.state.keyplate.identity
    return {"reports": REPORTS.get(identity.organization_id, [])}
