"""Credentials, policy, verdicts and audit of customers' API keys."""
