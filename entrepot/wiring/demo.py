"""What the demonstration shows: its logins and the operations that the explorer opens with.

Run in order, the tabs buy something: each takes the ids that it needs from the tabs before it.
"""

from __future__ import annotations

from typing import Final

from entrepot.router.config import DefaultTab, DemoUser, ExplorerConfig, ExplorerLookup, LoginConfig
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
            current { amount currency }
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
# Log in first: one click on a demo user in the panel "Login".
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
# Your cart, and the first variant in stock that Browse found, are filled in when you run this: see Variables.
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

ADD_PAYMENT_METHOD: Final = """\
# The card tok_visa pays once. To see a payment fail, change it to tok_declined in Variables.
mutation AddPaymentMethod(
  $card: String!
  $key: String!
) {
  addPaymentMethod(input: {
    token: $card
    idempotencyKey: $key
  }) {
    paymentMethod { id expiresAt }
    errors {
      __typename
      ... on UserError { code message }
    }
  }
}
"""

PLACE_ORDER: Final = """\
# Your cart and the card that you added are filled in when you run this: see Variables.
mutation PlaceOrder(
  $cart: ID!
  $revision: Int!
  $method: ID!
  $key: String!
) {
  placeOrder(input: {
    cartId: $cart
    expectedRevision: $revision
    paymentMethodId: $method
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
# Every status of your last order until now, then each new one as it happens.
subscription Watch($order: ID!) {
  orderStatusChanged(
    orderId: $order
    after: 0
  ) {
    status
    paymentStatus
    fulfilmentStatus
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
          payments { status }
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
# Five subgraphs answer this: open "Query plan" to see how.
query OrderInFull($order: ID!) {
  order(id: $order) {
    number
    status
    total { amount currency }
    customer { name email }
    payments {
      status
      total { amount currency }
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
# Run the tabs from left to right: each takes the ids that it needs from those before it.
{FIRST_QUERY}"""

_VARIANT: Final = "{{ Browse.products.edges[*].node.variants[?availability.isInStock].id }}"
_CART: Final = ExplorerLookup(document="query MyCart { myCart { id } }", provided_by="CreateCart")
_FILLED_CART: Final = ExplorerLookup(
    document="query MyFilledCart { myCart { id revision lines { id } } }", provided_by="AddLine"
)
_NEWEST_ORDER: Final = ExplorerLookup(
    document="query MyNewestOrder { me { orders(first: 1) { edges { node { id } } } } }", provided_by="PlaceOrder"
)
_ORDER: Final = "{{ PlaceOrder.placeOrder.order.id | MyNewestOrder.me.orders.edges[0].node.id }}"
_NEW_KEY: Final = "{{ uuid() }}"

_TABS: Final = (
    DefaultTab(name="See what the shop sells", query=_BROWSE),
    DefaultTab(name="Open a cart", query=CREATE_CART, variables={"key": _NEW_KEY}, requires_login=True),
    DefaultTab(
        name="Put something into it",
        query=ADD_LINE,
        variables={"cart": "{{ MyCart.myCart.id }}", "variant": _VARIANT, "key": _NEW_KEY},
        requires_login=True,
    ),
    DefaultTab(
        name="Add a card",
        query=ADD_PAYMENT_METHOD,
        variables={"card": "tok_visa", "key": _NEW_KEY},
        requires_login=True,
    ),
    DefaultTab(
        name="Order it",
        query=PLACE_ORDER,
        variables={
            "cart": "{{ MyFilledCart.myCart[?lines].id }}",
            "revision": "{{ MyFilledCart.myCart[?lines].revision }}",
            "method": "{{ AddPaymentMethod.addPaymentMethod.paymentMethod.id }}",
            "key": _NEW_KEY,
        },
        requires_login=True,
    ),
    DefaultTab(name="Follow the order", query=WATCH, variables={"order": _ORDER}, requires_login=True),
    DefaultTab(name="Your last orders", query=MY_ORDERS, requires_login=True),
    DefaultTab(name="An order in full", query=ORDER_IN_FULL, variables={"order": _ORDER}, requires_login=True),
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
        lookups=(_CART, _FILLED_CART, _NEWEST_ORDER) if is_demo else (),
    )
