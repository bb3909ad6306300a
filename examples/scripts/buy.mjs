// A purchase in JavaScript without dependencies: log in, fill a cart, add a card, order, follow it by server-sent events.
// Usage: node buy.mjs [URL] [SKU]

import { randomUUID } from "node:crypto";

const [url = "http://127.0.0.1:4000/graphql", sku = "PRESS-DOCK-1L"] = process.argv.slice(2);
const headers = { "content-type": "application/json" };

/** Posts an operation; throws for GraphQL errors and for `errors` in a mutation's payload. */
async function send(query, variables = {}) {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  const refusals = errors ?? Object.values(data ?? {}).flatMap((payload) => payload?.errors ?? []);
  if (refusals.length > 0) throw new Error(refusals.map(({ message }) => message).join("\n"));
  return data;
}

/** Yields the data of every event of a subscription. */
async function* subscribe(query, variables) {
  const accept = { ...headers, accept: "text/event-stream" };
  const response = await fetch(url, { method: "POST", headers: accept, body: JSON.stringify({ query, variables }) });
  if (!response.ok) throw new Error(await response.text());
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      if (line === "event: complete") return;
      if (!line.startsWith("data: {")) continue; // a heartbeat, or the end of an event
      const { data, errors } = JSON.parse(line.slice("data: ".length));
      if (errors) throw new Error(errors[0].message);
      yield data;
    }
  }
}

const { login } = await send(
  `mutation Login($input: LoginInput!) {
    login(input: $input) { accessToken user { name } errors { ... on UserError { message } } }
  }`,
  { input: { email: "ada@example.com", password: "entrepot-demo-1" } },
);
headers.authorization = `Bearer ${login.accessToken}`;
console.log(`Logged in as ${login.user.name}.`);

const { productVariantBySku: variant } = await send(
  `query Variant($sku: String!) { productVariantBySku(sku: $sku) { id product { name } } }`,
  { sku },
);
if (!variant) throw new Error(`There is no variant with the SKU ${sku}.`);

const { createCart } = await send(
  `mutation CreateCart($key: String!) {
    createCart(input: { currency: "EUR", idempotencyKey: $key }) { cart { id } errors { ... on UserError { message } } }
  }`,
  { key: randomUUID() },
);
const { addCartLine } = await send(
  `mutation AddCartLine($input: AddCartLineInput!) {
    addCartLine(input: $input) { cart { revision total { amount currency } } errors { ... on UserError { message } } }
  }`,
  { input: { cartId: createCart.cart.id, variantId: variant.id, quantity: 1, idempotencyKey: randomUUID() } },
);
const { revision, total } = addCartLine.cart;
console.log(`1 x ${variant.product.name}: ${total.amount} ${total.currency}`);

const { addPaymentMethod } = await send(
  `mutation AddPaymentMethod($input: AddPaymentMethodInput!) {
    addPaymentMethod(input: $input) { paymentMethod { id } errors { ... on UserError { message } } }
  }`,
  { input: { token: "tok_visa", idempotencyKey: randomUUID() } },
);
const { placeOrder } = await send(
  `mutation PlaceOrder($input: PlaceOrderInput!) {
    placeOrder(input: $input) { order { id status } errors { ... on UserError { message } } }
  }`,
  {
    input: {
      cartId: createCart.cart.id,
      expectedRevision: revision,
      paymentMethodId: addPaymentMethod.paymentMethod.id,
      shippingAddress: { name: "Ada", line1: "1 Quay Street", city: "Hamburg", countryCode: "DE" },
      idempotencyKey: randomUUID(),
    },
  },
);

const statuses = subscribe(
  `subscription OrderStatus($id: ID!) {
    orderStatusChanged(orderId: $id, after: 0) { position status reason order { number } }
  }`,
  { id: placeOrder.order.id },
);
for await (const { orderStatusChanged: change } of statuses) {
  if (change.position === 1) console.log(`Order ${change.order.number}`);
  console.log(`${change.position}. ${change.status}${change.reason ? ` (${change.reason})` : ""}`);
  if (["CONFIRMED", "CANCELLED"].includes(change.status)) break;
}
