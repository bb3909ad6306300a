import { InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

/** Without an id an object is stored inside its parent; `merge: true` combines the fields of several queries. */
const merged = { merge: true };

/** A list that can become shorter: the newest response replaces it. */
const replaced = { merge: false };

export function buildCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: { fields: { products: relayStylePagination(["filter"]) } },
      Category: { fields: { products: relayStylePagination(), children: replaced, breadcrumbs: replaced } },
      User: { fields: { orders: relayStylePagination(), sessions: replaced } },
      Product: { fields: { images: replaced, variants: replaced } },
      ProductVariant: { fields: { attributes: replaced, prices: replaced, stockLevels: replaced } },
      Cart: { fields: { lines: replaced, problems: replaced, taxLines: replaced } },
      Order: { fields: { lines: replaced, history: replaced, taxLines: replaced } },
      Address: merged,
      Availability: merged,
      CartProblem: merged,
      Money: merged,
      OrderPlacement: merged,
      ProductImage: merged,
      ProductPrice: merged,
    },
  });
}
