"""Every address of the portal; mounted at /vanity/."""

from django.urls import URLPattern, URLResolver, include, path

from vanity.views import creation, entry, keys, revocation, rotation, secret, session

app_name = "vanity"

_of_key = [
    path("", keys.detail, name="key"),
    path("/rename", keys.rename, name="key-rename"),
    path("/acknowledge", secret.acknowledge, name="key-acknowledge"),
    path("/end-old-secret", secret.end_old_secret, name="key-end-old-secret"),
    path("/rotate", rotation.rotate, name="key-rotate"),
    path("/revoke", revocation.revoke, name="key-revoke"),
]
_of_session: list[URLPattern | URLResolver] = [
    path("", session.home, name="home"),
    path("/resume", session.resume, name="resume"),
    path("/renew", session.renew, name="renew"),
    path("/end", session.end, name="end"),
    path("/keys", keys.index, name="keys"),
    path("/keys/new", creation.create, name="key-create"),
    path("/keys/<uuid:key_id>", include(_of_key)),
]
urlpatterns = [
    path("api-auth", entry.enter, name="entry"),
    path("api-auth/s/<uuid:locator>", include(_of_session)),
]
