"""What the demonstration shows: its logins and the operations that the explorer opens with.

The explorer's editor shows some forty characters a line, so lines are short; ids are all that a visitor has to copy.
"""

from __future__ import annotations

from typing import Final

from entrepot.router.config import DefaultTab, DemoUser, ExplorerConfig, LoginConfig
from entrepot.subgraphs.accounts.seeds import DEMO_USERS

FIRST_QUERY: Final = """\
query Browse {
  products(first: 3) {
    edges {
      node {
        name
        variants {
          id
          sku
          price(currency: "EUR") {
            amount { amount currency }
          }
          availability {
            available
            isInStock
          }
        }
      }
    }
  }
}
"""

CREATE_CART: Final = """\
# Log in first: one click on a demo user,
# in the panel on the left.
# Another key makes another cart.
mutation CreateCart($key: String!) {
  createCart(input: {
    currency: "EUR"
    idempotencyKey: $key
  }) {
    cart { id revision }
    errors {
      __typename
      ... on UserError { code message }
    }
  }
}
"""

ADD_LINE: Final = """\
# Put in the ids of your cart (2.)
# and of a variant (1.).
mutation AddLine(
  $cart: ID!
  $variant: ID!
  $key: String!
) {
  addCartLine(input: {
    cartId: $cart
    variantId: $variant
    quantity: 2
    idempotencyKey: $key
  }) {
    cart {
      revision
      total { amount currency }
      lines {
        quantity
        lineTotal { amount currency }
        variant {
          sku
          product { name }
        }
      }
    }
    errors {
      __typename
      ... on UserError { code message }
    }
  }
}
"""

PLACE_ORDER: Final = """\
# The id and the revision of your cart.
# The card tok_visa pays. To see one that
# does not: another cart, tok_declined.
mutation PlaceOrder(
  $cart: ID!
  $revision: Int!
  $card: String!
  $key: String!
) {
  placeOrder(input: {
    cartId: $cart
    expectedRevision: $revision
    paymentToken: $card
    idempotencyKey: $key
    shippingAddress: {
      name: "Ada"
      line1: "1 Quay Street"
      city: "Hamburg"
      countryCode: "DE"
    }
  }) {
    order {
      id
      number
      status
      total { amount currency }
    }
    errors {
      __typename
      ... on UserError { code message }
    }
  }
}
"""

WATCH: Final = """\
# The id of your order. Every change
# until now comes first, then what is new.
subscription Watch($order: ID!) {
  orderStatusChanged(
    orderId: $order
    after: 0
  ) {
    position
    status
    paymentStatus
    fulfilmentStatus
    reason
    order {
      number
      customer { name }
      payment { status }
    }
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
          id
          number
          status
          total { amount currency }
          payment { status }
          lines {
            quantity
            variant {
              sku
              product { name }
            }
          }
        }
      }
    }
  }
}
"""

ORDER_IN_FULL: Final = """\
# Five subgraphs answer this; open
# "Query plan" on the left to see how.
query OrderInFull($order: ID!) {
  order(id: $order) {
    number
    status
    total { amount currency }
    customer { name email }
    payment {
      status
      amount { amount currency }
    }
    lines {
      quantity
      total { amount currency }
      variant {
        sku
        product { name description }
        availability {
          available
          isInStock
        }
      }
    }
  }
}
"""

_BROWSE: Final = f"""\
# Run it, and note the id of a variant.
{FIRST_QUERY}"""

_TABS: Final = (
    DefaultTab(name="1. Browse", query=_BROWSE),
    DefaultTab(name="2. Cart", query=CREATE_CART, variables={"key": "cart-1"}),
    DefaultTab(name="3. Add", query=ADD_LINE, variables={"cart": "crt_...", "variant": "var_...", "key": "line-1"}),
    DefaultTab(
        name="4. Order",
        query=PLACE_ORDER,
        variables={"cart": "crt_...", "revision": 2, "card": "tok_visa", "key": "order-1"},
    ),
    DefaultTab(name="5. Watch", query=WATCH, variables={"order": "ord_..."}),
    DefaultTab(name="6. My orders", query=MY_ORDERS),
    DefaultTab(name="7. An order in full", query=ORDER_IN_FULL, variables={"order": "ord_..."}),
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
