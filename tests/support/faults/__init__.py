"""Faults, the load under which they are brought about, and what must hold when they are over."""
