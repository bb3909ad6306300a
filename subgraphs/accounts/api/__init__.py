"""Accounts as a graph."""
