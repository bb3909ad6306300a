"""Subgraphs changed at random, and what two composers say of them."""
