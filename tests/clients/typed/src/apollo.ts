import { ApolloClient, HttpLink } from "@apollo/client";
import { buildCache } from "./apollo-cache";
import { BrowseProductsDocument, OrderStatusDocument } from "./gql/graphql";

export function connect(url: string, token?: string) {
  // HttpLink also carries subscriptions, as multipart responses.
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  return new ApolloClient({ cache: buildCache(), link: new HttpLink({ uri: url, headers }) });
}

type Client = ReturnType<typeof connect>;

/** Every product name; `fetchMore` adds a page to what the cache holds. */
export async function listAllProducts(client: Client, pageSize: number): Promise<string[]> {
  const watched = client.watchQuery({ query: BrowseProductsDocument, variables: { first: pageSize } });
  let data = (await client.query({ query: BrowseProductsDocument, variables: { first: pageSize } })).data;
  while (data?.products.pageInfo.hasNextPage) {
    await watched.fetchMore({ variables: { after: data.products.pageInfo.endCursor } });
    data = client.readQuery({ query: BrowseProductsDocument, variables: { first: pageSize } }) ?? undefined;
  }
  return data?.products.edges.map((edge) => edge.node.name) ?? [];
}

/** Calls `onStatus` with every status of the order, from the first one. */
export function followOrder(client: Client, orderId: string, onStatus: (status: string) => void) {
  return client.subscribe({ query: OrderStatusDocument, variables: { orderId } }).subscribe(({ data }) => {
    if (data) onStatus(data.orderStatusChanged.status);
  });
}
