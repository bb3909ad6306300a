"""The sections about traffic, read from YAML and resolved for each subgraph."""

import pytest

from entrepot.router.config import CircuitBreakerConfig, RetryConfig, parse_config
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.traffic.settings import TrafficSettings, list_unknown_subgraphs, resolve_settings


def settings_of(subgraph: str, text: str) -> TrafficSettings:
    config = parse_config(text, {})
    return resolve_settings(config.traffic, subgraph, config.timeouts.subgraph)


def test_the_defaults() -> None:
    settings = settings_of("shop", "")
    assert settings == TrafficSettings(
        timeout=30.0,
        attempt_timeout=None,
        retry=RetryConfig(),
        circuit_breaker=None,
        concurrency_limit=None,
        deduplicate=True,
        accept_encodings=(),
    )


def test_a_subgraph_says_otherwise_section_by_section() -> None:
    text = """
    timeouts: {subgraph: 7}
    traffic:
      all: {circuit_breaker: {failure_rate_threshold: 0.25}, deduplicate: false, retry: {max_attempts: 2}}
      subgraphs:
        slow: {timeout: 20, attempt_timeout: 9, circuit_breaker: {enabled: false}}
        wild:
          {retry: {enabled: false}, deduplicate: true, concurrency_limit: {max_requests: 3}, accept_encodings: [gzip]}
    """
    other, slow, wild = (settings_of(name, text) for name in ("other", "slow", "wild"))
    assert (other.timeout, slow.timeout, slow.attempt_timeout, wild.timeout) == (7, 20, 9, 7)
    assert (other.circuit_breaker, slow.circuit_breaker) == (CircuitBreakerConfig(failure_rate_threshold=0.25), None)
    assert (other.retry, slow.retry, wild.retry) == (RetryConfig(max_attempts=2), RetryConfig(max_attempts=2), None)
    assert (other.deduplicate, slow.deduplicate, wild.deduplicate) == (False, False, True)
    assert wild.concurrency_limit is not None
    assert (wild.concurrency_limit.max_requests, wild.accept_encodings) == (3, ("gzip",))


def test_names_that_no_subgraph_has_are_found_wherever_they_stand() -> None:
    text = """
    override_subgraph_urls: {a: "http://a", b1: "${B_URL}"}
    traffic: {subgraphs: {a: {}, b2: {}}}
    subgraph_errors: {subgraphs: {a: {}, b3: {}}}
    headers: [{subgraphs: [a, b4]}]
    """
    config = parse_config(text, {"B_URL": "http://b"})
    assert config.override_subgraph_urls["b1"] == "http://b"
    assert list_unknown_subgraphs(config, ["a", "c"]) == ["b1", "b2", "b3", "b4"]


@pytest.mark.parametrize(
    "text",
    [
        "traffic: {all: {timeout: 0}}",
        "traffic: {all: {retry: {max_attempts: 0}}}",
        "traffic: {all: {retry: {retry_budget: {ratio: 1.5}}}}",
        "traffic: {all: {circuit_breaker: {failure_rate_threshold: 0}}}",
        "traffic: {all: {concurrency_limit: {}}}",
        "traffic: {all: {accept_encodings: [zip]}}",
        "traffic: {shop: {timeout: 1}}",
        "traffic: {all: {retries: {}}}",
        "headers: [{response: {propagate: [a], algorithm: any}}]",
        "subgraph_errors: {all: {mode: hide}}",
    ],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        parse_config(text, {})
