import { Environment, fetchQuery, graphql, Network, RecordSource, Store } from "relay-runtime";
import type { relayProductsQuery } from "./__generated__/relayProductsQuery.graphql";

export function connect(url: string, token?: string): Environment {
  const network = Network.create(async (request, variables) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      // With `persistConfig` the compiler replaces the text by an id.
      body: JSON.stringify(request.id ? { doc_id: request.id, variables } : { query: request.text, variables }),
    });
    return response.json();
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}

/** Pagination of a connection on Query: `@refetchable` generates the query for further pages. */
graphql`
  fragment relayProductList on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" })
  @refetchable(queryName: "relayProductListPaginationQuery") {
    products(first: $first, after: $after) @connection(key: "relayProductList_products") {
      edges { node { id name } }
    }
  }
`;

const query = graphql`
  query relayProductsQuery($first: Int!) {
    ...relayProductList @arguments(first: $first)
    products(first: $first) { edges { node { slug variants { price(currency: "EUR") { current { minorUnits } } } } } }
  }
`;

export async function listSlugs(environment: Environment, first: number): Promise<string[]> {
  const data = await fetchQuery<relayProductsQuery>(environment, query, { first }).toPromise();
  return data?.products.edges.map((edge) => edge.node.slug) ?? [];
}
