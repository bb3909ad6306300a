"""What the demonstration shows: its logins and the operations that the explorer opens with."""

from __future__ import annotations

from typing import Final

from subgraphs.accounts.seeds import DEMO_USERS

from router.config import DefaultTab, DemoUser, ExplorerConfig, LoginConfig

FIRST_QUERY: Final = """\
query Browse {
  products(first: 3) {
    edges {
      node {
        name
        variants {
          id
          sku
          price(currency: "EUR") { amount { amount currency } }
          availability { available isInStock }
        }
      }
    }
  }
}
"""

CREATE_CART: Final = """\
# Log in with the person icon on the left, then put something into a cart:
# take the id of a variant from the first tab.
mutation FillCart($cart: CreateCartInput!) {
  createCart(input: $cart) {
    cart { id revision }
    errors { __typename ... on UserError { code message } }
  }
}
"""

ADD_LINE: Final = """\
mutation AddLine($line: AddCartLineInput!) {
  addCartLine(input: $line) {
    cart {
      id
      revision
      lines { quantity variant { sku product { name } } lineTotal { amount currency } }
      total { amount currency }
    }
    errors { __typename ... on UserError { code message } }
  }
}
"""

PLACE_ORDER: Final = """\
mutation Buy($order: PlaceOrderInput!) {
  placeOrder(input: $order) {
    order { id number status total { amount currency } }
    errors { __typename ... on UserError { code message } }
  }
}
"""

MY_ORDERS: Final = """\
query MyOrders {
  me {
    name
    orders(first: 5) {
      edges {
        node {
          number
          status
          total { amount currency }
          payment { status amount { amount } }
          lines {
            quantity
            variant { sku product { name } availability { available } }
          }
        }
      }
    }
  }
}
"""

ORDER_IN_FULL: Final = """\
query OrderInFull($order: ID!) {
  order(id: $order) {
    number
    status
    total { amount currency }
    customer { name email }
    payment { status amount { amount currency } }
    lines {
      quantity
      total { amount currency }
      variant {
        sku
        product { name description }
        availability { available isInStock }
      }
    }
  }
}
"""

WATCH: Final = """\
subscription Watch($order: ID!) {
  orderStatusChanged(orderId: $order, after: 0) {
    position
    status
    paymentStatus
    fulfilmentStatus
    reason
    order { number customer { name } payment { status } }
  }
}
"""

_ADDRESS: Final = {"name": "Ada", "line1": "1 Quay Street", "city": "Hamburg", "countryCode": "DE"}

_TABS: Final = (
    DefaultTab(name="Browse", query=FIRST_QUERY),
    DefaultTab(
        name="Cart", query=CREATE_CART, variables={"cart": {"currency": "EUR", "idempotencyKey": "my-first-cart"}}
    ),
    DefaultTab(
        name="Add",
        query=ADD_LINE,
        variables={
            "line": {"cartId": "crt_...", "variantId": "var_...", "quantity": 1, "idempotencyKey": "my-first-line"}
        },
    ),
    DefaultTab(
        name="Order",
        query=PLACE_ORDER,
        variables={
            "order": {
                "cartId": "crt_...",
                "expectedRevision": 2,
                "paymentToken": "tok_visa",
                "shippingAddress": _ADDRESS,
                "idempotencyKey": "my-first-order",
            }
        },
    ),
    DefaultTab(name="Watch", query=WATCH, variables={"order": "ord_..."}),
    DefaultTab(name="My orders", query=MY_ORDERS),
)

_LOGIN: Final = LoginConfig(
    document="mutation Login($email: String!, $password: String!) { "
    "login(input: { email: $email, password: $password }) "
    "{ accessToken user { name } errors { __typename ... on UserError { message } } } }",
    token_path="login.accessToken",  # noqa: S106 - a path in a response, no secret
)


def build_explorer(*, is_demo: bool) -> ExplorerConfig:
    """The explorer with its login, and with one-click logins and tabs of the demonstration."""
    users = tuple(DemoUser(label=user.label, email=user.email, password=user.password) for user in DEMO_USERS)
    return ExplorerConfig(
        title="Entrepot",
        login=_LOGIN,
        demo_users=users if is_demo else (),
        default_tabs=_TABS if is_demo else (),
    )
