"""What hosts' own front ends call, with a customer's session.

At two places: under `/d/<deployment id>`, which the publishable key leads to and where
nothing of another deployment exists, and at the root, where the session or the ticket
says whose it is.
"""

from ninja import Router

from apiauth.api.session import audit, deployment, exchange, keys, session
from apiauth.api.surface import OF_DEPLOYMENT, Surface

router = Router(tags=["Front ends"])
router.add_router("/deployment", deployment.router)
router.add_router("/session/ticket/exchange", exchange.router)
router.add_router("/api-auth/session", session.router)
router.add_router("/api-auth/keys", keys.router)
router.add_router("/api-auth/audit", audit.router)


def mount(surface: Surface) -> None:
    """Put the operations at both places."""
    surface.add_router("", router)
    surface.add_router(f"/{OF_DEPLOYMENT}", router, url_name_prefix="of_deployment")
