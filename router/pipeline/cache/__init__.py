"""Caches of parsed documents and of query plans, per supergraph."""
