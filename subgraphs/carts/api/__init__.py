"""Carts as a graph."""
