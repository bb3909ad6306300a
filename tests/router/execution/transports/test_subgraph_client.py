import pytest

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import RoutingTransport, SubgraphRequest, SubgraphResponse
from entrepot.router.execution.transports.subgraph_client import read_response
from tests.support.scripted_transport import ScriptedTransport, answer


def read(body: bytes, media_type: str | None = "application/json", status: int = 200) -> object:
    headers = {} if media_type is None else {"content-type": media_type}
    return read_response("shop", SubgraphResponse(status, headers, body), 1000)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/graphql-response+json",
        "Application/JSON",
        "Application/GraphQL-Response+JSON ; charset=UTF-8",
        'application/json; profile="a;b"',
        None,
    ],
)
def test_a_graphql_response_counts_whatever_its_status(status: int, media_type: str | None) -> None:
    """Media types are compared without regard to case (faults/router/05)."""
    body = b'{"data":null,"errors":[{"message":"no"}]}'
    assert read(body, media_type, status) == (None, [{"message": "no"}])


def test_data_and_no_errors() -> None:
    assert read(b'{"data":{"a":1},"errors":null,"extensions":{}}') == ({"a": 1}, [])


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"secret", "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "application/json"),
        (b'{"data":null}', "application/json"),
        (b'{"data":"secret"}', "application/json"),
        (b'{"data":{},"errors":"secret"}', "application/json"),
        (b'{"errors":[]}', "application/json"),
        (b'{"data":{}}', "text/html"),
        (b'{"data":{}}', "application/jsonfoo"),
        (b'{"data":{"a":"' + b"s" * 1000 + b'"}}', "application/json"),
    ],
)
@pytest.mark.parametrize("status", [200, 502])
def test_anything_else_is_a_failure_that_tells_nothing_of_the_body(body: bytes, media_type: str, status: int) -> None:
    with pytest.raises(SubgraphUnavailable) as raised:
        read(body, media_type, status)
    entry = raised.value.to_graphql()
    assert "secret" not in str(entry)
    assert entry["extensions"]["service"] == "shop"


async def test_a_transport_is_chosen_by_name_and_then_by_scheme() -> None:
    local, remote = ScriptedTransport(answer(200, b"local")), ScriptedTransport(answer(200, b"remote"))
    routing = RoutingTransport(by_subgraph={"shop": local}, by_scheme={"http": remote, "local": local})
    for subgraph, url, expected in [
        ("shop", "http://x", b"local"),
        ("other", "http://x", b"remote"),
        ("other", "local://x", b"local"),
    ]:
        request = SubgraphRequest(subgraph, url, b"")
        assert (await routing.send(request)).body == expected
        assert [event async for event in routing.stream(request)] == [expected]
    with pytest.raises(SubgraphUnavailable, match="no transport can reach"):
        await routing.send(SubgraphRequest("other", "ftp://x", b""))
