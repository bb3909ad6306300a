"""Products that are books or magazines, whose parts are spread over seven subgraphs."""

from __future__ import annotations

from tests.support.execution_suites.model import Fixture, Ref, Suite, refs


def _deliver(**asked: str) -> dict[str, str] | None:
    return {"fastestDelivery": "same day", "estimatedDelivery": "1 day"} if asked["zip"] == "1234" else None


SUITE = Suite(
    rows={
        "Book": {
            "p1": {
                "id": "p1",
                "sku": "sku-1",
                "title": "Book 1",
                "dimensions": {"size": "small", "weight": 0.5},
                "delivery": _deliver,
                "createdBy": Ref("User", "u1"),
                "similar": refs("Book", "p3"),
                "hidden": False,
                "publisherType": {"__typename": "Self", "email": "u1@example.com"},
                "reviewsCount": 2,
                "reviewsScore": 4.5,
                "reviews": refs("Review", "1", "2"),
                "reviewsOfSimilar": [],
            },
            "p3": {
                "id": "p3",
                "sku": "sku-3",
                "title": "Book 3",
                "dimensions": {"size": "small", "weight": 0.6},
                "delivery": _deliver,
                "createdBy": Ref("User", "u2"),
                "similar": refs("Book", "p1"),
                "hidden": True,
                "publisherType": {"__typename": "Self", "email": "u2@example.com"},
                "reviewsCount": 0,
                "reviewsScore": 0.0,
                "reviews": [],
                "reviewsOfSimilar": refs("Review", "1", "2"),
            },
        },
        "Magazine": {
            "p2": {
                "id": "p2",
                "sku": "sku-2",
                "title": "Magazine 1",
                "dimensions": {"size": "small", "weight": 0.2},
                "delivery": _deliver,
                "createdBy": Ref("User", "u1"),
                "similar": refs("Magazine", "p4"),
                "hidden": False,
                "publisherType": Ref("Agency", "a1"),
                "reviewsCount": 1,
                "reviewsScore": 5.0,
                "reviews": refs("Review", "3"),
                "reviewsOfSimilar": [],
            },
            "p4": {
                "id": "p4",
                "sku": "sku-4",
                "title": "Magazine 2",
                "dimensions": {"size": "small", "weight": 0.3},
                "delivery": _deliver,
                "createdBy": Ref("User", "u2"),
                "similar": refs("Magazine", "p2"),
                "hidden": False,
                "publisherType": Ref("Agency", "a1"),
                "reviewsCount": 0,
                "reviewsScore": 0.0,
                "reviews": [],
                "reviewsOfSimilar": refs("Review", "3"),
            },
        },
        "Review": {
            "1": {"id": 1, "body": "Read it twice", "product": Ref("Book", "p1")},
            "2": {"id": 2, "body": "Read it once", "product": Ref("Book", "p1")},
            "3": {"id": 3, "body": "Every month", "product": Ref("Magazine", "p2")},
        },
        "Agency": {"a1": {"id": "a1", "companyName": "Agency 1", "email": {"address": "a1@example.com"}}},
        "Group": {"g1": {"id": "g1", "name": "Group 1", "email": "g1@example.com"}},
        "User": {
            "u1": {"email": "u1@example.com", "name": "User 1", "totalProductsCreated": 2},
            "u2": {"email": "u2@example.com", "name": "User 2", "totalProductsCreated": 2},
        },
    },
    subgraphs={
        "books": Fixture(query={"books": refs("Book", "p1", "p3")}),
        "magazines": Fixture(query={"magazines": refs("Magazine", "p2", "p4")}),
        "products": Fixture(
            query={
                "products": [*refs("Book", "p1", "p3"), *refs("Magazine", "p2", "p4")],
                "similar": lambda **asked: {"p1": refs("Book", "p3"), "p2": refs("Magazine", "p4")}[asked["id"]],
            }
        ),
        "reviews": Fixture(query={"review": lambda **asked: Ref("Review", str(asked["id"]))}),
    },
)
