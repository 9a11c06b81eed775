"""djangorestframework-api-key, in an environment of its own."""
