// The client of the graph: normalised cache, tokens, registered documents, subscriptions as server-sent events.
import { authExchange } from "@urql/exchange-auth";
import { type Entity, type UpdateResolver, cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { persistedExchange } from "@urql/exchange-persisted";
import { useSyncExternalStore } from "react";
import { Client, type CombinedError, type Exchange, type Operation, fetchExchange } from "urql";
import { type LoginMutation, RefreshDocument } from "./graphql/graphql";
import { possibleTypes } from "./graphql/possible-types";
import { dropTokens, needsRefresh, onOtherTab, readAccessToken, readRefreshToken, refreshOnce } from "./session";

/** Where the graph is: this page's own origin, unless the dev server of Vite is told another. */
const ORIGIN: string = import.meta.env.VITE_ENTREPOT ?? window.location.origin;

/** The graph of storefronts: the full one without what is for staff and operations. */
const ENDPOINT = `${ORIGIN}/storefront/graphql`;

/** The full graph, where a browser gets the explorer. */
export const EXPLORER = `${ORIGIN}/graphql`;

/** The address of a picture; the catalog may name it by its path on the graph's host. */
export function resolvePicture(url: string): string {
  return new URL(url, ORIGIN).href;
}

const withoutKey = () => null;

/**
 * Pages of one list, put together. Lists with the same filter are one list to it, whatever they ask for at once, so the
 * short lists of other pages have a filter of their own.
 */
const pages = relayPagination();

/** The customer and the cart of a login or a registration, as the queries of the next page read them. */
const signIn: UpdateResolver = (result, _args, cache, info) => {
  const payload = result[info.fieldName] as LoginMutation["login"];
  if (!payload.user) return;
  cache.link("Query", "me", payload.user as Entity);
  if (payload.cart) cache.link("Query", "myCart", payload.cart as Entity);
  else cache.invalidate("Query", "myCart");
};

function buildCache(): Exchange {
  return cacheExchange({
    possibleTypes,
    keys: {
      Address: withoutKey,
      Availability: withoutKey,
      CartProblem: withoutKey,
      Money: withoutKey,
      OrderStatusChange: withoutKey,
      ProductImage: withoutKey,
      ProductPrice: withoutKey,
      TaxLine: withoutKey,
      VariantAttribute: withoutKey,
    },
    resolvers: {
      Query: {
        cart: (_parent, { id }) => ({ __typename: "Cart", id: id as string }),
        order: (_parent, { id }) => ({ __typename: "Order", id: id as string }),
        products: pages,
      },
      Category: { products: pages },
      User: { orders: pages },
    },
    updates: {
      Mutation: {
        login: signIn,
        register: signIn,
        // The cart becomes an order.
        placeOrder: (_result, _args, cache) => cache.invalidate("Query", "myCart"),
        changePassword: (_result, _args, cache) => cache.invalidate("Query", "me"),
      },
      Subscription: {
        // A cancelled order gives its cart back.
        orderStatusChanged: (_result, _args, cache) => cache.invalidate("Query", "myCart"),
      },
    },
  });
}

function isUnauthenticated(error: CombinedError): boolean {
  return error.graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED");
}

const authenticate = authExchange(async (client) => ({
  addAuthToOperation(operation: Operation) {
    const token = readAccessToken();
    return token === null ? operation : client.appendHeaders(operation, { authorization: `Bearer ${token}` });
  },
  willAuthError: needsRefresh,
  didAuthError: (error) => isUnauthenticated(error) && readRefreshToken() !== null,
  refreshAuth: () =>
    refreshOnce(async (refreshToken) => {
      const { data, error } = await client.mutate(RefreshDocument, { refreshToken });
      // A shop that cannot be reached is no reason to log anybody out.
      if (error) throw error;
      return data?.refresh.accessToken ? data.refresh : null;
    }),
}));

/** Documents go by their hash; while developing as text, since the router knows only those of the last build. */
function registerDocuments(): Exchange[] {
  if (import.meta.env.DEV) return [];
  return [
    persistedExchange({
      enforcePersistedQueries: true,
      enableForMutation: true,
      enableForSubscriptions: true,
      preferGetForPersistedQueries: false,
      generateHash: async (_text, document) => (document as unknown as { __meta__: { hash: string } }).__meta__.hash,
    }),
  ];
}

function buildClient(): Client {
  return new Client({
    url: ENDPOINT,
    exchanges: [buildCache(), authenticate, ...registerDocuments(), fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
  });
}

let client = buildClient();
const listeners = new Set<() => void>();

/** Forgets everything that the client has read: what one person saw is nothing for the next. */
export function resetClient(): void {
  client = buildClient();
  for (const listener of listeners) listener();
}

onOtherTab(resetClient);

export function signOut(): void {
  dropTokens();
  resetClient();
}

export function useGraph(): Client {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => client,
  );
}
