"""What ./dev does: set-up, servers, checks and tests; no part of the product."""
