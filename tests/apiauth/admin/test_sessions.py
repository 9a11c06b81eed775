"""Sessions and tickets: the words for their states."""

from apiauth.models import AuditEvent, PortalSession, Ticket
from tests import make


def test_says_what_state_a_session_is_in(olga, shelf):
    session = shelf.rows["portalsession"]
    assert ">Open</span>" in olga.row("portalsession", session).text

    PortalSession.objects.filter(pk=session.pk).update(expires_at=make.soon(days=-1))
    assert ">Lapsed</span>" in olga.row("portalsession", session).text

    olga.confirm("portalsession", "end", session)
    assert ">Ended by an operator</span>" in olga.row("portalsession", session).text


def test_says_what_state_a_ticket_is_in(olga, shelf):
    ticket = shelf.ticket.ticket
    assert ">Waiting</span>" in olga.row("ticket", ticket).text

    Ticket.objects.filter(pk=ticket.pk).update(
        created_at=make.soon(days=-2), expires_at=make.soon(days=-1)
    )
    assert ">Never used</span>" in olga.row("ticket", ticket).text

    Ticket.objects.filter(pk=ticket.pk).update(redeemed_at=make.soon())
    assert ">Redeemed</span>" in olga.row("ticket", ticket).text


def test_shows_what_a_ticket_lets_its_holder_grant(olga, acme):
    ticket = make.ticket(
        acme.backend_key, user_id="ada", grantable_permissions=["reports:read"]
    ).ticket

    assert "<code>reports:read</code>" in olga.row("ticket", ticket).text


def test_tells_of_events_that_are_about_no_app(olga, acme):
    event = AuditEvent.objects.get(action="deployment.provisioned")

    page = olga.row("auditevent", event)

    assert page.status_code == 200
    assert "/admin/apiauth/key/0" not in page.text
