"""The pages a person sees: choose who you are, reports, and the key desk."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from northwind import access
from northwind.directory import PEOPLE, REPORTS


@never_cache
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Offer the people of the demo; a real product has a sign-in page here."""
    return render(request, "northwind/choose.html", {"people": PEOPLE.values()})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Become the chosen person."""
    person = PEOPLE.get(request.POST.get("person", ""))
    if person is None:
        raise Http404
    access.sign_in(request, person)
    return redirect("api-keys", tenant=person.tenant.slug)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who is signed in."""
    request.session.flush()
    return redirect("choose")


@never_cache
@require_GET
def reports(request: HttpRequest, tenant: str) -> HttpResponse:
    """Show the reports of the person's company."""
    if access.person_of(request) is None:
        return redirect("choose")
    person = access.member(request, tenant)
    mine = REPORTS.get(person.tenant.id, ())
    page = {"reports": mine, "current": "reports"}
    return render(request, "northwind/reports.html", page)


@never_cache
@require_GET
def api_keys(request: HttpRequest, tenant: str) -> HttpResponse:
    """Show the embedded key desk, or say why this person does not get one."""
    if access.person_of(request) is None:
        return redirect("choose")
    person = access.member(request, tenant)
    page = {
        "current": "api-keys",
        "portal_origin": settings.KEYPLATE_PORTAL_ORIGIN,
        "origin": settings.ORIGIN,
    }
    try:
        access.desk_capabilities(person)
    except access.Refused as refusal:
        page["refusal"] = refusal.message
        return render(request, "northwind/api_keys.html", page, status=refusal.status)
    return render(request, "northwind/api_keys.html", page)


def not_found(request: HttpRequest, **_: object) -> HttpResponse:
    """Say that there is no such page, the same way for every reason."""
    page = {"title": "Page not found", "sentence": "There is nothing at this address."}
    return render(request, "northwind/message.html", page, status=404)


def foreign_form(request: HttpRequest, **_: object) -> HttpResponse:
    """Refuse what another site posted in this person's name."""
    sentence = "This request did not come from our own page. Reload it and try again."
    if request.path.endswith("/ticket"):
        return JsonResponse({"message": sentence, "code": "csrf"}, status=403)
    page = {"title": "Not allowed", "sentence": sentence}
    return render(request, "northwind/message.html", page, status=403)
