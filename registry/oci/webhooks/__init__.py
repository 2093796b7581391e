"""Webhooks: other services are told of pushes, pulls and deletes, each at least once."""
