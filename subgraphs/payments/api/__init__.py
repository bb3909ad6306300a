"""Payments as a graph."""
