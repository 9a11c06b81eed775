"""Keyplate and a product that embeds it, side by side, with made-up data."""
