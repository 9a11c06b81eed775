"""Stands in for your own sign-in: choose who you are, no password."""

import os

from directory import PEOPLE, Person
from flask import Blueprint, abort, redirect, render_template, request, session
from werkzeug.wrappers import Response

ORIGIN = os.environ["NORTHWIND_ORIGIN"]
pages = Blueprint("sign_in", __name__)


@pages.before_app_request
def own_page() -> None:
    """Refuse what another site posts in somebody's name."""
    if request.method == "POST" and request.headers.get("Origin") != ORIGIN:
        abort(403, "This did not come from our own page.")


def signed_in() -> Person:
    """Return who it is; others are answered 401."""
    person = PEOPLE.get(session.get("person", ""))
    return person or abort(401, "Sign in first.")


@pages.get("/")
def choose() -> str:
    return render_template("choose.html", people=PEOPLE.values())


@pages.post("/sign-in/<slug>")
def sign_in(slug: str) -> Response:
    if slug not in PEOPLE:
        abort(404)
    session.clear()
    session["person"] = slug
    place = f"/t/{PEOPLE[slug].tenant.slug}/settings/api-keys"
    return redirect(place, code=303)
