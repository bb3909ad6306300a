"""Caches and rate limiters behind protocols; the composition root chooses who keeps them."""

from entrepot.shared.caching.cache import BatchCache, Cache, CacheUnavailable, Draw, Limiter
from entrepot.shared.caching.memory import MemoryCache, MemoryLimiter

__all__ = ["BatchCache", "Cache", "CacheUnavailable", "Draw", "Limiter", "MemoryCache", "MemoryLimiter"]
