// A grid that grows by pages: the next one comes after the cursor of the last product.
import { type ReactNode, useRef } from "react";
import { flushSync } from "react-dom";
import { pluralize } from "./format";
import type { ProductPageFragment } from "./graphql/graphql";
import { ProductGrid } from "./product-card";

export const PAGE_SIZE = 12;

interface ProductListProps {
  readonly page: ProductPageFragment;
  readonly isBusy: boolean;
  readonly showMore: (after: string) => void;
}

export function ProductList({ page: { edges, pageInfo }, isBusy, showMore }: ProductListProps): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const end = pageInfo.endCursor;
  const more = () => {
    if (end === null || isBusy) return;
    // The button may be gone afterwards; the focus goes to the last product, before the new ones.
    const links = list.current?.querySelectorAll<HTMLElement>(".card-link");
    flushSync(() => showMore(end));
    links?.[links.length - 1]?.focus({ preventScroll: true });
  };
  return (
    <div ref={list} aria-busy={isBusy}>
      <p className="result-count" role="status">
        {pluralize(edges.length, "product")}
        {pageInfo.hasNextPage && ", and more"}
      </p>
      <ProductGrid products={edges.map(({ node }) => node)} />
      {pageInfo.hasNextPage && (
        <div className="more">
          <button type="button" className="button button-quiet" onClick={more} aria-disabled={isBusy}>
            {isBusy ? "Loading …" : "Load more"}
          </button>
        </div>
      )}
    </div>
  );
}
