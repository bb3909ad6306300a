"""Media types by the rules of RFC 9110: what is equal, what a list holds, what a weight is (faults/router/05)."""

import pytest

from entrepot.router.errors import UnsupportedMedia
from entrepot.router.media_types import name_media_type, read_media_ranges, read_media_type
from entrepot.router.web.http.negotiate import GRAPHQL_RESPONSE, JSON, check_content_type, negotiate
from entrepot.router.web.streaming.framing import EVENTS, MULTIPART


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        ("APPLICATION/GraphQL-Response+JSON;charset=utf-8", "application/graphql-response+json"),
        ("  text/Event-Stream ; charset=UTF-8", "text/event-stream"),
        ("application/json;", "application/json"),
        ('application/json; profile="a;b,c"', "application/json"),
        ('application/json; profile="a\\";b"', "application/json"),
        ("text/html, application/json", "application/json"),
        ("application/jsonfoo", "application/jsonfoo"),
        ("application/json foo", ""),
        ("application", ""),
        ("application/json/x", ""),
        ("", ""),
        (",", ""),
    ],
)
def test_the_name_of_a_content_type(text: str, name: str) -> None:
    assert name_media_type(text) == name


def test_parameters_have_names_in_any_case_and_values_with_or_without_quotes() -> None:
    found = read_media_type('Multipart/Mixed; SubscriptionSpec="1.0" ;q=0.5; broken; Title="a \\"b\\""; q=0.9')
    assert found is not None
    assert found.parameters == {"subscriptionspec": "1.0", "q": "0.5", "title": 'a "b"'}
    assert found.weight == 0.5


@pytest.mark.parametrize(
    ("quality", "weight"),
    [("1", 1.0), ("1.000", 1.0), ("0", 0.0), ("0.25", 0.25), ("nan", 0.0), ("1e9", 0.0), ("-1", 0.0), ("2", 0.0)],
)
def test_a_weight_is_a_number_from_zero_to_one(quality: str, weight: float) -> None:
    assert [item.weight for item in read_media_ranges(f"a/b;q={quality}")] == [weight]


def test_commas_in_quotes_do_not_separate() -> None:
    assert [item.name for item in read_media_ranges('a/b;x="c/d, e/f", g/h, , nothing')] == ["a/b", "g/h"]


@pytest.mark.parametrize(
    "text", ['"\\' * 200_000, "a/b;x=" + " " * 400_000 + "y", '"' * 400_001, ";" * 400_000, "," * 400_000]
)
def test_reading_takes_time_in_proportion_to_the_length(text: str) -> None:
    # A pattern that tries again from each quote or space would take minutes.
    list(read_media_ranges(text))


class TestNegotiation:
    """What a client accepts (RFC 9110 section 12.5.1)."""

    @pytest.mark.parametrize(
        ("accept", "json"),
        [
            ("Application/JSON", JSON),
            ("APPLICATION/GRAPHQL-RESPONSE+JSON, application/json", GRAPHQL_RESPONSE),
            ("application/json, application/graphql-response+json;Q=0.1", JSON),
            ('text/html;x=", application/json;"', None),
            ("application/json;q=0", None),
            ("application/*;q=0.1", JSON),
            ("*/*;q=0", None),
            ("*/*, application/json;q=0, application/graphql-response+json;q=0", None),
            ("application/json;q=0, application/json;charset=utf-8", JSON),
            ("application/json;q=nan", None),
        ],
    )
    def test_json(self, accept: str, json: str | None) -> None:
        assert negotiate(accept).json == json

    @pytest.mark.parametrize(
        ("accept", "framing"),
        [
            ("Text/Event-Stream", EVENTS),
            ("text/event-stream;q=0", None),
            ('Multipart/Mixed;SubscriptionSpec="1.0"', MULTIPART),
            ("multipart/mixed;subscriptionSpec=1.0;q=0", None),
            ("text/event-stream;q=0.1, multipart/mixed;subscriptionSpec=1.0", MULTIPART),
            ("multipart/mixed;subscriptionSpec=1.0, text/event-stream", EVENTS),
            ("multipart/mixed;subscriptionSpec=2.0", None),
        ],
    )
    def test_streams(self, accept: str, framing: object) -> None:
        assert negotiate(accept).stream is framing

    @pytest.mark.parametrize("content_type", ["Application/JSON", 'application/json; Charset="UTF-8"'])
    def test_a_body_of_json(self, content_type: str) -> None:
        check_content_type(content_type)

    @pytest.mark.parametrize("content_type", ["application/jsonp", "application/json;charset=latin1", "", "json"])
    def test_a_body_of_something_else(self, content_type: str) -> None:
        with pytest.raises(UnsupportedMedia):
            check_content_type(content_type)
