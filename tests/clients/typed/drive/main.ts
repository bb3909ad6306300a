// Runs a recipe against a router: the case and its options come as JSON on the command line, the result goes out as JSON.

import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import WebSocket from "ws";
import * as apollo from "../src/apollo";
import * as apolloPersisted from "../src/apollo-persisted";
import { AddCartLineDocument, BrowseProductsDocument } from "../src/gql/graphql";
import { send } from "../src/persisted";
import * as relay from "../src/relay";
import { readPrices } from "../src/tada";
import * as urql from "../src/urql";

interface Options {
  readonly case: string;
  readonly url: string;
  readonly token?: string;
  readonly order?: string;
  readonly variant?: string;
  readonly slug?: string;
  readonly policies?: boolean;
}

const options: Options = JSON.parse(process.argv[2] ?? "");
const { url, token, order = "", variant = "", slug = "" } = options;

// Node.js 20 has no WebSocket of its own; browsers do.
Object.assign(globalThis, { WebSocket });

function collect(follow: (onStatus: (status: string) => void) => unknown): Promise<string[]> {
  return new Promise((resolve) => {
    const seen: string[] = [];
    follow((status) => {
      seen.push(status);
      if (status === "CONFIRMED" || status === "CANCELLED") resolve(seen);
    });
  });
}

/** What Apollo warns about when two pages select different fields of one product. */
async function readWarnings(): Promise<string[]> {
  const warnings: string[] = [];
  for (const level of ["warn", "error"] as const) console[level] = (...parts) => warnings.push(parts.map(String).join(" "));
  const plain = { cache: new InMemoryCache(), link: new HttpLink({ uri: url }) };
  const client = options.policies ? apollo.connect(url) : new ApolloClient(plain);
  const page = (fields: string) => gql(`query { productBySlug(slug: "${slug}") { id variants { id availability { ${fields} } } } }`);
  await client.query({ query: page("available"), fetchPolicy: "network-only" });
  await client.query({ query: page("isLow"), fetchPolicy: "network-only" });
  const kept = client.readQuery<{ productBySlug: { variants: unknown[] } }>({ query: page("available isLow") });
  return kept === null ? warnings : [...warnings, "complete"];
}

const cases: Record<string, () => Promise<unknown>> = {
  apolloPages: () => apollo.listAllProducts(apollo.connect(url, token), 2),
  apolloFollow: () => collect((on) => apollo.followOrder(apollo.connect(url, token), order, on)),
  apolloWarnings: readWarnings,
  apolloPersisted: async () => {
    const client = apolloPersisted.connect(url);
    const { data } = await client.query({ query: BrowseProductsDocument, variables: { first: 2 } });
    return data?.products.edges.map(({ node }) => node.slug);
  },
  urqlCart: () => urql.startCart(urql.connect(url), variant),
  urqlFollow: () => collect((on) => urql.followOrder(urql.connect(url, token), order, on)),
  tada: () => readPrices(url, slug),
  relay: () => relay.listSlugs(relay.connect(url), 2),
  persisted: async () => (await send(url, BrowseProductsDocument, { first: 2 })).products.edges.map(({ node }) => node.slug),
  // Refused by the schema, not by the document: the cart does not exist.
  persistedMutation: async () => {
    const line = { cartId: "crt_0000000000000000000000", variantId: variant, quantity: 1, idempotencyKey: "line-1" };
    return (await send(url, AddCartLineDocument, line)).addCartLine.errors.map(({ code }) => code);
  },
};

const seen = await cases[options.case]?.();
process.stdout.write(JSON.stringify(seen ?? null), () => process.exit(0));
