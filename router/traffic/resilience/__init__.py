"""Timeouts, retries, circuit breaker, concurrency limit and in-flight deduplication for requests to subgraphs."""
