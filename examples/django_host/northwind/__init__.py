"""Northwind Reports: a small product that embeds Keyplate in its settings."""
