from entrepot.router.pipeline.cache.bounded_cache import BoundedCache


def test_the_least_recently_used_leave_first_by_number() -> None:
    cache: BoundedCache[str, int] = BoundedCache(max_weight=100, max_entries=2)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    assert cache.get("a") == 1
    cache.put("c", 3, 1)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_and_by_weight() -> None:
    cache: BoundedCache[str, int] = BoundedCache(max_weight=10, max_entries=100)
    cache.put("a", 1, 4)
    cache.put("b", 2, 4)
    cache.put("c", 3, 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), cache.weight) == (None, 2, 3, 8)


def test_replacing_gives_the_old_weight_back() -> None:
    cache: BoundedCache[str, int] = BoundedCache(max_weight=10, max_entries=100)
    for weight in (3, 9, 2):
        cache.put("a", weight, weight)
    assert (cache.weight, len(cache)) == (2, 1)


def test_what_is_heavier_than_the_cache_is_not_kept_and_drives_nothing_out() -> None:
    cache: BoundedCache[str, int] = BoundedCache(max_weight=10, max_entries=100)
    cache.put("a", 1, 5)
    cache.put("b", 2, 11)
    assert (cache.get("a"), cache.get("b"), cache.weight) == (1, None, 5)
