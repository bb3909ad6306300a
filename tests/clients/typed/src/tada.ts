import { Client, fetchExchange } from "@urql/core";
import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./graphql-env";
import type { Scalars } from "./scalars";

export const graphql = initGraphQLTada<{ introspection: introspection; scalars: Scalars }>();

const ProductPage = graphql(`
  query ProductPrices($slug: String!) {
    productBySlug(slug: $slug) {
      name
      variants { sku price(currency: "EUR") { current { minorUnits currency } } }
    }
  }
`);

/** The price of each variant in cents; the types come from the query's text, without generated code. */
export async function readPrices(url: string, slug: string): Promise<Record<string, number | undefined>> {
  const client = new Client({ url, preferGetMethod: false, exchanges: [fetchExchange] });
  const { data } = await client.query(ProductPage, { slug }).toPromise();
  const variants = data?.productBySlug?.variants ?? [];
  return Object.fromEntries(variants.map((variant) => [variant.sku, variant.price?.current.minorUnits]));
}
