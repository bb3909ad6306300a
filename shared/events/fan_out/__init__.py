"""Notifications of live updates and jobs."""
