"""Incremental delivery: `@defer` executed and delivered in payloads."""
