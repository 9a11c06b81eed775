"""Making a key."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apiauth import errors, keys
from apiauth.http.guards import PortalRequest
from apiauth.models import Capability
from vanity import addresses, forms, fragments, gates
from vanity.views import secret
from vanity.views.keys import owner_of

_STATES: tuple[tuple[type[errors.ApiAuthError], str], ...] = (
    (errors.NameTaken, "S3.duplicate"),
    (errors.QuotaReached, "S3.quota"),
    (errors.PolicyViolation, "S3.policy"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@gates.portal_page(Capability.KEYS_CREATE)
def create(request: PortalRequest) -> HttpResponse:
    """Ask what the key shall be; make it; show its secret in this very answer."""
    session = request.portal.session
    sent = request.POST if request.method == "POST" else None
    form = forms.CreateKey(sent, session=session, now=request.now)
    if sent is None or not form.is_valid():
        return _page(request, form)
    try:
        issued = keys.create(
            app=session.app,
            owner=keys.Owner.of(session.ticket),
            draft=form.draft,
            token=form.token,
            actor=request.actor,
            now=request.now,
        )
    except errors.AlreadyDone as done:
        return secret.lost(request, done.made_id)
    except (errors.Invalid, errors.Conflict) as refusal:
        form.refuse(refusal)
        return _page(request, form, refusal)
    return secret.shown(request, issued, happened="key.created")


def _page(
    request: PortalRequest,
    form: forms.CreateKey,
    refusal: errors.ApiAuthError | None = None,
) -> HttpResponse:
    session = request.portal.session
    usual = "S3.invalid" if form.errors else "S3.pristine"
    states = (state for kind, state in _STATES if isinstance(refusal, kind))
    context = {
        **addresses.of_session(session),
        "form": form,
        "owner": owner_of(request),
        "state": next(states, usual),
    }
    if isinstance(refusal, errors.NameTaken) and refusal.key_id:
        context["taken_url"] = reverse("vanity:key", args=[session.pk, refusal.key_id])
    status = 422 if form.errors else 200
    return fragments.page(request, "portal/create.html", "main", context, status)
