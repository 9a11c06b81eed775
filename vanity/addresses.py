"""Where the portal's actions live, as far as this session may take them."""

from django.urls import reverse

from apiauth.models import Capability, Key, PortalSession


def of_session(session: PortalSession) -> dict[str, str]:
    """Give the addresses that every screen needs."""
    addresses = {
        "home_url": reverse("vanity:home", args=[session.pk]),
        "list_url": reverse("vanity:keys", args=[session.pk]),
    }
    if session.may(Capability.KEYS_CREATE):
        addresses["create_url"] = reverse("vanity:key-create", args=[session.pk])
    return addresses


def of_key(session: PortalSession, key: Key) -> dict[str, str]:
    """Give the addresses of what this session may do with a key in its state."""
    verbs = {"key_url": ("key", Capability.KEYS_READ)}
    if key.revoked_at is None:
        if may_hold(session):
            verbs["acknowledge_url"] = ("key-acknowledge", Capability.KEYS_READ)
        verbs["rename_url"] = ("key-rename", Capability.KEYS_UPDATE)
        verbs["revoke_url"] = ("key-revoke", Capability.KEYS_REVOKE)
        if key.disabled_at is None:
            verbs["rotate_url"] = ("key-rotate", Capability.KEYS_ROTATE)
            verbs["end_old_url"] = ("key-end-old-secret", Capability.KEYS_ROTATE)
    return {
        name: reverse(f"vanity:{route}", args=[session.pk, key.pk])
        for name, (route, capability) in verbs.items()
        if session.may(capability)
    }


def may_hold(session: PortalSession) -> bool:
    """Tell whether this session could have been shown a secret at all."""
    return session.may(Capability.KEYS_CREATE) or session.may(Capability.KEYS_ROTATE)
