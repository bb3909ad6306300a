"""Requirements with arguments, beside what a client asks of the same fields with others."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.execution_suites.model import Fixture, Ref, Row, Suite, refs


def _price(dollars: int) -> Callable[..., int]:
    return lambda **asked: dollars if asked["currency"] == "USD" else 2 * dollars


def _comments(*names: str) -> Callable[..., list[Ref]]:
    return lambda **asked: refs("Comment", *names[: asked["limit"]])


def _comment(name: str, author: str) -> Row:
    return {"id": name, "authorId": author, "body": f"{name}-body", "date": f"{name}-date"}


SUITE = Suite(
    rows={
        "Product": {
            "p1": {
                "upc": "p1",
                "name": "p-name-1",
                "weight": 1,
                "price": _price(11),
                "shippingEstimate": 110,
                "category": {"averagePrice": _price(11)},
                "isExpensiveCategory": False,
            },
            "p2": {
                "upc": "p2",
                "name": "p-name-2",
                "weight": 2,
                "price": _price(22),
                "shippingEstimate": 440,
                "category": {"averagePrice": _price(22)},
                "isExpensiveCategory": True,
            },
        },
        "Post": {
            "p1": {"id": "p1", "comments": _comments("c1", "c2", "c3"), "author": {"id": "a2", "name": "a2-name"}},
            "p2": {"id": "p2", "comments": _comments("c4", "c5"), "author": {"id": "a1", "name": "a1-name"}},
        },
        "Comment": {
            "c1": _comment("c1", "a1"),
            "c2": _comment("c2", "a2"),
            "c3": _comment("c3", "a2"),
            "c4": _comment("c4", "a1"),
            "c5": _comment("c5", "a1"),
        },
    },
    subgraphs={
        "b": Fixture(query={"products": refs("Product", "p1", "p2")}),
        "c": Fixture(query={"feed": refs("Post", "p1", "p2")}),
    },
)
