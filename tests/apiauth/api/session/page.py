"""A host's own page at an origin: it sends what existing hooks send."""

import json

from django.test import Client

from apiauth.http import transports
from tests import make

FORM = "application/x-www-form-urlencoded"


class Page(Client):
    """One tab: its cookies, its development token or its header token, its place.

    `place` is the path under which it calls; hooks take it from the publishable key.
    """

    def __init__(self, deployment, *, origin=make.ORIGIN, place=None):
        super().__init__(raise_request_exception=False)
        self.place = f"/d/{deployment.pk}" if place is None else place
        self.is_staging = deployment.mode == "staging"
        self.said = {"Origin": origin} if origin else {}
        self.development = ""

    def ask(self, method, path, body="", content_type="", **headers):
        """Send as hooks do; in staging with the token in the address."""
        if self.is_staging:
            mark = "&" if "?" in path else "?"
            path += f"{mark}{transports.DEVELOPMENT_PARAMETER}={self.development}"
        answer = self.generic(
            method,
            self.place + path,
            body,
            content_type=content_type,
            headers={**self.said, **headers},
        )
        kept = answer.headers.get(transports.DEVELOPMENT_HEADER)
        self.development = kept or self.development
        return answer

    def read(self, path, **headers):
        return self.ask("GET", path, **headers)

    def send(self, path, form="", **headers):
        """Post a form, as hooks do; nothing at all is no form."""
        return self.ask("POST", path, form, FORM if form else "", **headers)

    def post_json(self, path, members, **headers):
        return self.ask(
            "POST", path, json.dumps(members), "application/json", **headers
        )

    def exchange(self, secret, **headers):
        return self.read(f"/session/ticket/exchange?ticket={secret}", **headers)

    def take_token(self, secret):
        """Exchange for a token and send it in the header from now on."""
        path = "/session/ticket/exchange"
        answer = self.post_json(path, {"ticket": secret, "token": True})
        token = answer.json()["data"]["token"]
        self.said[transports.TOKEN_HEADER] = token
        return token
