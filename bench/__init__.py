"""The gateway measured beside its peers, and what came of it."""
