"""Two other ways to verify API keys, each at its best setting."""
