"""Persisted documents: automatic persisted queries, manifests, and the safelist."""
