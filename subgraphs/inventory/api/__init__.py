"""Inventory as a graph."""
