// A product in a grid: picture, name, price, and what there is to know at a glance.
import type { ReactNode } from "react";
import { type Money, formatMoney } from "./format";
import type { PictureFragment, PriceFragment, ProductCardFragment } from "./graphql/graphql";
import { resolvePicture } from "./graph";
import { Link } from "./routing";

export function Picture({ image, isEager = false }: { image: PictureFragment | null | undefined; isEager?: boolean }) {
  if (!image) {
    return (
      <svg className="picture" viewBox="0 0 120 120" aria-hidden="true">
        <path d="M30 48 60 32l30 16v32L60 96 30 80zM30 48l30 16m0 0 30-16M60 64v32M45 40l30 16" />
      </svg>
    );
  }
  return (
    <img
      className="picture"
      src={resolvePicture(image.url)}
      alt={image.altText}
      width={600}
      height={600}
      loading={isEager ? "eager" : "lazy"}
      decoding="async"
    />
  );
}

export function Price({ price, isFrom = false }: { price: PriceFragment; isFrom?: boolean }): ReactNode {
  return (
    <span className="price">
      {isFrom && <span className="price-from">from </span>}
      <span className={price.compareAt ? "price-sale" : undefined}>{formatMoney(price.current)}</span>
      {price.compareAt && (
        <>
          {" "}
          <s>
            <span className="sr-only">instead of </span>
            {formatMoney(price.compareAt)}
          </s>
        </>
      )}
    </span>
  );
}

/** By how much the price is below the one it is compared with, such as "−20%". */
export function describeSaving(amount: Money, compareAt: Money): string {
  return `−${Math.round((1 - amount.minorUnits / compareAt.minorUnits) * 100)}%`;
}

function chooseBadge(product: ProductCardFragment, price: PriceFragment | undefined) {
  const stock = product.variants.map((variant) => variant.availability);
  if (stock.length > 0 && stock.every(({ isInStock }) => !isInStock)) return { kind: "out", text: "Sold out" };
  if (price?.compareAt) return { kind: "sale", text: describeSaving(price.current, price.compareAt) };
  if (stock.every(({ isLow, isInStock }) => isLow || !isInStock)) return { kind: "low", text: "Few left" };
  return null;
}

export function ProductCard({ product }: { product: ProductCardFragment }): ReactNode {
  const prices = product.variants.flatMap(({ price }) => price ?? []);
  const cheapest = prices.reduce<PriceFragment | undefined>(
    (least, price) => (least && least.current.minorUnits <= price.current.minorUnits ? least : price),
    undefined,
  );
  const differs = prices.some(({ current }) => current.minorUnits !== cheapest?.current.minorUnits);
  const badge = chooseBadge(product, cheapest);
  return (
    <article className="card">
      <Link className="card-link" to={`/product/${product.slug}`}>
        <span className="card-picture">
          <Picture image={product.images[0]} />
          {badge && <span className={`badge badge-${badge.kind}`}>{badge.text}</span>}
        </span>
        <h3 className="card-name">{product.name}</h3>
        {cheapest && <Price price={cheapest} isFrom={differs} />}
      </Link>
    </article>
  );
}

export function ProductGrid({ products }: { products: readonly ProductCardFragment[] }): ReactNode {
  return (
    <ul className="grid">
      {products.map((product) => (
        <li key={product.id}>
          <ProductCard product={product} />
        </li>
      ))}
    </ul>
  );
}

export function GridSkeleton({ count }: { count: number }): ReactNode {
  return (
    <div className="grid" role="status" aria-label="Loading products">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="card">
          <span className="card-picture skeleton" />
          <span className="skeleton skeleton-line" />
          <span className="skeleton skeleton-line short" />
        </div>
      ))}
    </div>
  );
}
