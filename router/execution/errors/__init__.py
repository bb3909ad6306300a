"""Errors of fetches, and the paths under which clients see them."""
