"""Endpoints besides GraphQL: explorer, health, metrics, cache invalidation."""
