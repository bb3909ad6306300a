"""Snapshots: how a consumer hears the past, and read models that are rebuilt from it beside a running shop."""
