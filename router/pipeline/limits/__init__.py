"""Limits on documents and variables, rate limits, and concurrent requests per client."""
