"""The gates G1 to G8, and smaller refusals: what each says, and the way out."""

from dataclasses import dataclass
from http import HTTPStatus

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate: its status, its sentence and its way out."""

    state: str
    status: HTTPStatus
    title: Words
    text: Words
    way_out: str = "return"  # return | reconnect | support | reload | new-tab | home

    @property
    def sentence(self) -> str:
        """All of it in one line, for a program to show."""
        return f"{self.title}. {self.text}"


G1 = Gate(
    state="G1",
    status=HTTPStatus.UNAUTHORIZED,
    title=_("Open this page from your account settings"),
    text=_("This address alone does not say who you are."),
)
G2 = Gate(
    state="G2",
    status=HTTPStatus.UNAUTHORIZED,
    title=_("Your session ended"),
    text=_("It ended for your safety. Nothing was lost, and your keys keep working."),
    way_out="reconnect",
)
G3 = Gate(
    state="G3",
    status=HTTPStatus.UNAUTHORIZED,
    title=_("This link can no longer be used"),
    text=_(
        "Links to this page work once and for a short time. Go back to your account "
        "settings and open it from there."
    ),
    way_out="reconnect",
)
G4 = Gate(
    state="G4",
    status=HTTPStatus.FORBIDDEN,
    title=_("You may not manage API keys here"),
    text=_("You are signed in. Ask an administrator of your account for access."),
    way_out="support",
)
G5 = Gate(
    state="G5",
    status=HTTPStatus.FORBIDDEN,
    title=_("Key management is turned off"),
    text=_("It is switched off for this account at the moment."),
    way_out="support",
)
G7 = Gate(
    state="G7",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    title=_("We could not reach the service"),
    text=_("Your keys keep working. Try again in a moment."),
    way_out="reload",
)
G8 = Gate(
    state="G8",
    status=HTTPStatus.OK,
    title=_("Your browser blocks embedded sign-in"),
    text=_("Cookies are blocked here. Open this page in a new tab."),
    way_out="new-tab",
)
# Not gates of their own in the list of states, but shown in the same way.
FOREIGN = Gate(
    state="foreign",
    status=HTTPStatus.FORBIDDEN,
    title=_("This request came from another site"),
    text=_("Open this page from your account settings instead."),
)
ABSENT = Gate(
    state="absent",
    status=HTTPStatus.NOT_FOUND,
    title=_("This key does not exist or is not visible to you"),
    text=_("It may belong to another account."),
    way_out="home",
)
NOWHERE = Gate(
    state="absent",
    status=HTTPStatus.NOT_FOUND,
    title=_("There is nothing at this address"),
    text=_("Open this page from your account settings."),
)
DENIED = Gate(
    state="denied",
    status=HTTPStatus.FORBIDDEN,
    title=_("Your access does not include this"),
    text=_("Ask an administrator of your account for this right."),
    way_out="home",
)
UNCLEAR = Gate(
    state="unclear",
    status=HTTPStatus.BAD_REQUEST,
    title=_("This request could not be understood"),
    text=_("Nothing was changed."),
    way_out="home",
)
