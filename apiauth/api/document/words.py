"""What the description says in its own words."""

PRODUCT = "Keyplate"
TITLE = "API reference"
ABOUT = """\
Keys for the customers of your product: your backend manages them and hands out tickets,
your customers' sessions use the desk, your gateway asks whether a key may pass.

Bodies are JSON in UTF-8, 64 KiB at most, a batch of checks 1 MiB; form bodies are taken where an operation says
so. Addresses have no trailing slash and never redirect. Ids are texts. Moments are ISO
8601 in UTC, with a `Z`, unless a member says that it is in unix seconds.

What your backend calls answers with bare objects, what a customer's session calls
answers with `{"data": …}`. Answers may gain members and codes; ignore what you do not
know. A refusal has the one form of `Error`; act on its `code`, show its `message`. Every
answer carries an `X-Request-Id`, which is in the logs too.
"""

# The groups of operations, in the order in which people read them.
TAGS = {
    "Tickets": "A ticket opens the desk once, for one person and one app.",
    "Apps": "An app is a family of keys: their prefix, permissions and limits.",
    "Rate-limit schemes": "How often keys may be used; apps point to them.",
    "Keys": "The keys of an app, as your backend sees them.",
    "Audit": "What keys were used for, in rows and in sums, and what was done to them.",
    "Organizations": "Your customers' companies, as far as Keyplate knows of them.",
    "Users": "Your customers' people, as far as Keyplate knows of them.",
    "Sessions": "Open desks: who has one, and how to end it.",
    "Front ends": "What your own front end may ask with a customer's session.",
    "Gateway": "What your API asks on every request.",
    "Probes": "For those who watch the service.",
}

PHRASES = {
    400: "The request cannot be understood, or a value cannot be used.",
    401: "No valid credential.",
    403: "Known, and may not.",
    404: "It does not exist, or not for the caller.",
    405: "Another method; `Allow` has the right ones.",
    409: "It collides with what is stored.",
    413: "More than 64 KiB; of a batch, more than 1 MiB.",
    415: "Not JSON.",
    429: "Too many requests; `Retry-After` says when.",
    500: "Our fault.",
    503: "The database cannot be reached; nothing was decided or changed.",
}

# What stands in an address, by the word before it: an example, and what it is.
IN_PATHS = {
    "apps": ("aa_acme", "The slug of an app."),
    "d": ("0198f2a0-11b2-7e0a-8c1f-5d2e9b40a7c3", "The id of a deployment."),
    "envoy": ("orders/7", "The path of the request that is held back."),
    "keys": ("0198f2a1-6d3e-7c44-9a51-3f0c2b7e81d4", "The id of a key."),
    "members": ("usr_ada", "Your own id of a user."),
    "organizations": ("org_acme", "Your own id of an organization."),
    "rate-limit-schemes": ("standard", "The slug of a scheme."),
    "sessions": ("0198f2b4-90aa-7d11-b3f0-6c1d2e3f4a5b", "The id of a session."),
    "users": ("usr_ada", "Your own id of a user."),
}
# And what stands in a query or a header, by its name.
ELSEWHERE = {
    "ticket": ("apt.…", "The ticket."),
    "Idempotency-Key": ("b1946ac9-2f3d", "Your own name of this attempt."),
}
