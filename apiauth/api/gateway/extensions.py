"""What a server may offer beyond ASGI: it knows of no site, and no site needs it."""

# The name of a callable that takes status, headers and body of an answer at once, and
# says whether it did; without it, or where it did not, they are sent one by one.
WHOLE = "keyplate.whole"

type Headers = list[tuple[bytes, bytes]]
