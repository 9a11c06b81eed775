"""A host product on another site: pages that embed the portal, and their tickets.

Its own process beside the served Keyplate, on the same database: it provisions what
it needs and issues tickets through the operations.

    python -m tests.e2e.host PORT PORTAL_ORIGIN
"""

import importlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Host of {tenant}</title>{head}</head>
<body><main><h1>Settings of {tenant}</h1>{body}</main></body></html>"""
SCRIPT = '<script src="{portal}/static/embed/embed.js" defer></script>'
ELEMENT = (
    '<api-keys-portal ticket-url="/ticket?{query}" min-height="300" '
    'theme="light"></api-keys-portal>'
)
BELOW = '<p style="height: 4000px">Much else.</p>'
FRAME = (
    '<iframe title="API keys" width="900" height="800" allow="clipboard-write" '
    'src="{url}"></iframe>'
)
HOOKS = '<meta name="publishable-key" content="{key}"><script src="/hooks.js"></script>'
# With these a host isolates itself; the portal must still load.
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


class Product:
    """What this host knows: its backend key and who its visitors are."""

    def __init__(self, origin: str, portal: str) -> None:
        # Models can be imported only once Django is set up.
        self.make = importlib.import_module("tests.make")
        self.models = importlib.import_module("apiauth.models")
        self.tenants = importlib.import_module("apiauth.tenants")
        self.deployments_module = importlib.import_module("apiauth.deployments")
        self.portal = portal
        make = self.make
        deployment = make.deployment(
            "acme",
            embed_origins=[origin],
            return_url=f"{origin}/",
            support_url=f"{origin}/help",
            api_base_url="https://api.acme.example",
        )
        self.backend_key = make.backend_key(deployment).backend_key
        # The whole run makes its keys here.
        self.app = make.app(deployment, policy={"keys_per_owner": 100})
        # The same product where its developers try things.
        staging = make.deployment(
            "acme-staging", mode="staging", embed_origins=[origin]
        )
        make.app(staging, key_prefix="acme_test", policy={"keys_per_owner": 100})
        self.deployments = {"production": deployment, "staging": staging}
        self.backend_keys = {
            "production": self.backend_key,
            "staging": make.backend_key(staging).backend_key,
        }
        self.origin = origin
        self.denied = False
        self.issued = 0

    def ticket(self, asked: dict[str, str]) -> dict[str, str]:
        self.issued += 1
        tenant = asked.get("tenant", "acme")
        mode = asked.get("mode", "production")
        secret = self.make.ticket(
            self.backend_keys[mode],
            user_id=f"ada@{tenant}",
            user_label=f"Ada of {tenant.title()}",
            organization_id=f"{tenant}-ltd",
            organization_label=f"{tenant.title()} Ltd",
            embed_origin=self.origin,
            return_url=f"{self.origin}/",
            **_capabilities(asked),
        ).secret
        own = self.deployments_module.public_url(self.deployments[mode])
        return {
            "ticket": secret,
            "url": f"{self.portal}/vanity/api-auth?ticket={secret}",
            "own_url": f"{own}/vanity/api-auth?ticket={secret}",
        }

    def hooks(self, asked: dict[str, str]) -> str:
        """Write the head of a page with its own front end."""
        deployment = self.deployments[asked.get("mode", "production")]
        key = self.deployments_module.publishable_key(deployment)
        return HOOKS.format(key=key)

    def steer(self, asked: dict[str, str]) -> dict[str, object]:
        """Let a test change the world between two requests."""
        if "deny" in asked:
            self.denied = asked["deny"] == "yes"
        if "absolute" in asked:
            seconds = int(asked["absolute"])
            self.models.ApiAuthApp.objects.update(session_absolute_seconds=seconds)
        if "idle" in asked:
            seconds = int(asked["idle"])
            self.models.ApiAuthApp.objects.update(session_idle_seconds=seconds)
        if "end" in asked:
            moment = self.make.soon()
            self.models.PortalSession.objects.filter(ended_at=None).update(
                ended_at=moment, ended_reason=asked["end"]
            )
        if "suspend" in asked:
            self.tenants.set_organization(
                deployment=self.app.deployment,
                external_id=asked["suspend"],
                status="suspended",
                actor=self.make.HOST,
                now=self.make.soon(),
            )
        if "keys" in asked:
            self._make_keys(asked["tenant"], int(asked["keys"]))
        return {"issued": self.issued}

    def _make_keys(self, tenant: str, count: int) -> None:
        values = importlib.import_module("apiauth.keys")
        organization = f"{tenant}-ltd"
        owner = values.Owner(
            kind=self.models.OwnerKind.ORGANIZATION,
            id=organization,
            organization_id=organization,
        )
        for number in range(1, count + 1):
            self.make.key(self.app, f"Worker {number}", owner=owner)


def _capabilities(asked: dict[str, str]) -> dict[str, object]:
    return {"capabilities": asked["may"].split()} if "may" in asked else {}


class Handler(BaseHTTPRequestHandler):
    product: Product

    def do_GET(self) -> None:
        path, asked = self._read()
        if path == "/favicon.ico":
            return self._send("", status=204)
        if path == "/blank":
            return self._send(PAGE.format(tenant="nobody", head="", body=""))
        if path == "/hooks.js":
            script = Path(__file__).with_name("hooks.js").read_text()
            return self._send(script, "text/javascript; charset=utf-8")
        if path == "/hooks":
            body, head = "", self.product.hooks(asked)
        elif path == "/frame":
            url = asked.get("url") or self.product.ticket(asked)["url"]
            body, head = FRAME.format(url=url), ""
        elif path == "/two":
            body = "".join(
                ELEMENT.format(query=f"tenant={t}") for t in ("acme", "globex")
            )
            head = SCRIPT.format(portal=self.product.portal)
        else:
            before = BELOW if path == "/below" else ""
            body = before + ELEMENT.format(query=urlsplit(self.path).query)
            head = SCRIPT.format(portal=self.product.portal)
        tenant = asked.get("tenant", "acme")
        page = PAGE.format(tenant=tenant, head=head, body=body)
        extra = ISOLATED if "isolated" in asked else {}
        return self._send(page, extra=extra)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, asked = self._read()
        if path == "/steer":
            return self._send(json.dumps(self.product.steer(asked)), "application/json")
        if self.product.denied:
            return self._send("{}", "application/json", status=403)
        return self._send(json.dumps(self.product.ticket(asked)), "application/json")

    def _read(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, {k: v[-1] for k, v in parse_qs(parts.query).items()}

    def _send(
        self,
        body: str,
        kind: str = "text/html; charset=utf-8",
        *,
        status: int = 200,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_facts: object) -> None:
        """Say nothing."""


def main() -> None:
    """Provision, then serve until stopped."""
    port, portal = int(sys.argv[1]), sys.argv[2]
    django.setup()
    Handler.product = Product(f"http://host.localhost:{port}", portal)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
