// A product: its pictures, its variants with price and stock, and the way into the cart.
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { Breadcrumbs } from "../breadcrumbs";
import { useCart } from "../cart";
import { ProductDocument, type ProductQuery } from "../graphql/graphql";
import { Loaded, Notice, type Refusal, Skeleton } from "../parts";
import { Picture, Price, ProductGrid, describeSaving } from "../product-card";
import { Quantity } from "../quantity";
import { Link, Page } from "../routing";
import { Missing } from "./missing";

type Product = NonNullable<ProductQuery["productBySlug"]>;
type Variant = Product["variants"][number];

export function ProductPage({ slug }: { slug: string }): ReactNode {
  const response = useQuery({ query: ProductDocument, variables: { slug }, requestPolicy: "cache-and-network" });
  const [{ data }] = response;
  return (
    <Page title={data?.productBySlug?.name ?? (data ? "Not found" : "Product")}>
      <Loaded response={response} skeleton={<ProductSkeleton />}>
        {({ productBySlug: product }) => (product ? <ProductContent product={product} /> : <Missing what="product" />)}
      </Loaded>
    </Page>
  );
}

function ProductContent({ product }: { product: Product }): ReactNode {
  const others = (product.category?.products.edges ?? [])
    .map(({ node }) => node)
    .filter(({ id }) => id !== product.id)
    .slice(0, 4);
  return (
    <>
      <Breadcrumbs categories={product.category?.breadcrumbs ?? []} here={product.name} />
      <div className="product">
        <Gallery images={product.images} />
        <div className="product-text">
          <h1>{product.name}</h1>
          {product.variants.length > 0 ? <Offer product={product} /> : <Notice kind="info">Not for sale.</Notice>}
          <p className="product-description">{product.description}</p>
          <p className="product-seller">Sold by {product.seller.name}</p>
        </div>
      </div>
      {others.length > 0 && product.category && (
        <section aria-labelledby="others">
          <h2 id="others">More from {product.category.name}</h2>
          <ProductGrid products={others} />
        </section>
      )}
    </>
  );
}

function Gallery({ images }: { images: Product["images"] }): ReactNode {
  const [shown, setShown] = useState(0);
  return (
    <div className="gallery">
      <div className="gallery-main">
        <Picture image={images[shown] ?? images[0]} isEager />
      </div>
      {images.length > 1 && (
        <ul className="gallery-choice" aria-label="Pictures">
          {images.map((image, index) => (
            <li key={image.url}>
              <button
                type="button"
                aria-label={image.altText}
                aria-pressed={index === shown}
                onClick={() => setShown(index)}
              >
                <Picture image={{ ...image, altText: "" }} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Offer({ product }: { product: Product }): ReactNode {
  const { add } = useCart();
  const first =
    product.variants.find(({ price, availability }) => price && availability.isInStock) ?? product.variants[0];
  const [chosenId, setChosenId] = useState(first?.id);
  const [quantity, setQuantity] = useState(1);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [state, setState] = useState<"idle" | "busy" | "added">("idle");
  const variant = product.variants.find(({ id }) => id === chosenId) ?? first;
  if (!variant) return null;

  const canBuy = variant.price !== null && variant.availability.isInStock;
  const choose = (id: string) => {
    setChosenId(id);
    setQuantity(1);
    setState("idle");
  };
  const putIntoCart = async () => {
    if (!canBuy || state === "busy") return;
    setState("busy");
    const refused = await add(variant.id, quantity);
    setRefusals(refused);
    setState(refused.length > 0 ? "idle" : "added");
  };
  return (
    <div className="offer">
      <p className="offer-price">
        {variant.price ? <Price price={variant.price} /> : "No price yet"}
        {variant.price?.compareAt && (
          <span className="badge badge-sale">{describeSaving(variant.price.current, variant.price.compareAt)}</span>
        )}
      </p>
      {product.variants.length > 1 && <VariantChoice variants={product.variants} chosen={variant} choose={choose} />}
      <Stock variant={variant} />
      <div className="offer-actions">
        <Quantity
          label="Quantity"
          value={quantity}
          maximum={variant.availability.available || 1}
          onChange={setQuantity}
        />
        <button
          type="button"
          className="button button-large"
          aria-disabled={!canBuy || state === "busy"}
          onClick={() => void putIntoCart()}
        >
          {canBuy ? "Add to cart" : "Sold out"}
        </button>
      </div>
      <div role="status" className="offer-status">
        {state === "added" && (
          <Notice kind="good">
            <span>In your cart.</span> <Link to="/cart">View cart</Link>
          </Notice>
        )}
      </div>
      {refusals.length > 0 && <Notice>{refusals.map(({ message }) => message).join(" ")}</Notice>}
      <Attributes variant={variant} />
    </div>
  );
}

interface VariantChoiceProps {
  readonly variants: readonly Variant[];
  readonly chosen: Variant;
  readonly choose: (id: string) => void;
}

function VariantChoice({ variants, chosen, choose }: VariantChoiceProps): ReactNode {
  return (
    <fieldset className="variants">
      <legend>Choose one</legend>
      {variants.map((variant) => (
        <label key={variant.id} className={variant.availability.isInStock ? "variant" : "variant variant-out"}>
          <input type="radio" name="variant" checked={variant.id === chosen.id} onChange={() => choose(variant.id)} />
          <span>{variant.name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Stock({ variant: { availability } }: { variant: Variant }): ReactNode {
  if (!availability.isInStock) return <p className="stock stock-out">Out of stock</p>;
  if (availability.isLow) return <p className="stock stock-low">Only {availability.available} left</p>;
  return <p className="stock stock-in">In stock</p>;
}

function Attributes({ variant }: { variant: Variant }): ReactNode {
  return (
    <dl className="attributes">
      {variant.attributes.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>Article number</dt>
        <dd>{variant.sku}</dd>
      </div>
    </dl>
  );
}

function ProductSkeleton(): ReactNode {
  return (
    <div className="product">
      <div className="gallery-main skeleton" />
      <Skeleton lines={6} />
    </div>
  );
}
