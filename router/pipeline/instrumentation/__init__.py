"""Observers, timings, hooks and the log of security events."""
