"""Responses that stay open: server-sent events, multipart subscriptions and incremental delivery."""
