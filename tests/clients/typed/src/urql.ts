import { cacheExchange, Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { AddCartLineDocument, CreateCartDocument, OrderStatusDocument } from "./gql/graphql";

export function connect(url: string, token?: string): Client {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = createClient({ url: url.replace(/^http/, "ws"), connectionParams: authorization });
  const subscriptions = subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: query ?? "", variables }, sink) }),
    }),
  });
  return new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: authorization },
    exchanges: [cacheExchange, fetchExchange, subscriptions],
  });
}

/** A cart with one line. `errors` is a union of the refusals this mutation has; each has code, message and path. */
export async function startCart(client: Client, variantId: string) {
  const idempotencyKey = crypto.randomUUID();
  const { data, error } = await client.mutation(CreateCartDocument, { idempotencyKey }).toPromise();
  const cart = data?.createCart.cart;
  if (error || !data || !cart) throw new Error(error?.message ?? data?.createCart.errors[0]?.message);
  const guestToken = data.createCart.guestToken;
  const line = { cartId: cart.id, variantId, guestToken, idempotencyKey: crypto.randomUUID() };
  const added = await client.mutation(AddCartLineDocument, line).toPromise();
  const refusal = added.data?.addCartLine.errors[0];
  if (added.error || refusal) throw new Error(added.error?.message ?? refusal?.message);
  return { cart: added.data?.addCartLine.cart, guestToken };
}

export function followOrder(client: Client, orderId: string, onStatus: (status: string) => void) {
  return client.subscription(OrderStatusDocument, { orderId }).subscribe(({ data }) => {
    if (data) onStatus(data.orderStatusChanged.status);
  });
}
