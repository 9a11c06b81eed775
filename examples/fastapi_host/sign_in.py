"""Stands in for your own sign-in: choose who you are, no password."""

import os
from pathlib import Path

from directory import PEOPLE, Person
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

ORIGIN = os.environ["NORTHWIND_ORIGIN"]
templates = Jinja2Templates(Path(__file__).parent / "templates")
router = APIRouter()


def own_page(request: Request) -> None:
    """Refuse what another site posts in somebody's name."""
    if request.headers.get("Origin") != ORIGIN:
        raise HTTPException(403, "This did not come from our own page.")


def signed_in(request: Request) -> Person:
    """Return who it is; a route that depends on this answers 401 to others."""
    person = PEOPLE.get(request.session.get("person", ""))
    if person is None:
        raise HTTPException(401, "Sign in first.")
    return person


@router.get("/")
def choose(request: Request) -> HTMLResponse:
    people = {"people": PEOPLE.values()}
    return templates.TemplateResponse(request, "choose.html", people)


@router.post("/sign-in/{slug}", dependencies=[Depends(own_page)])
def sign_in(request: Request, slug: str) -> RedirectResponse:
    if slug not in PEOPLE:
        raise HTTPException(404)
    request.session["person"] = slug
    place = f"/t/{PEOPLE[slug].tenant.slug}/settings/api-keys"
    return RedirectResponse(place, status_code=303)
