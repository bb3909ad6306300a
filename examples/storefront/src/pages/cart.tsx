// The cart: its lines, what keeps one from being ordered, what it comes to. Its operations are in ../cart.graphql.
import { type ReactNode, useState } from "react";
import { useCart } from "../cart";
import { formatMoney } from "../format";
import type { CartContentFragment } from "../graphql/graphql";
import { Empty, Failure, Notice, type Refusal, Skeleton } from "../parts";
import { Picture } from "../product-card";
import { Quantity } from "../quantity";
import { Link, Page } from "../routing";
import { Totals } from "../totals";

export function CartPage(): ReactNode {
  const { cart, isLoading, error, reload } = useCart();
  return (
    <Page title="Cart">
      {error ? (
        <Failure error={error} retry={reload} />
      ) : isLoading ? (
        <Skeleton lines={6} />
      ) : cart && cart.lines.length > 0 ? (
        <CartContent cart={cart} />
      ) : (
        <Empty title="Your cart is empty">
          <p>Everything you put into it will be here, also when you come back.</p>
          <Link to="/" className="button">
            Look around
          </Link>
        </Empty>
      )}
    </Page>
  );
}

type Line = CartContentFragment["lines"][number];

/** Lines that the order would be cancelled for: more than can be promised now. */
export function findShortLines(cart: CartContentFragment): readonly Line[] {
  return cart.lines.filter(({ quantity, variant }) => quantity > variant.availability.available);
}

function CartContent({ cart }: { cart: CartContentFragment }): ReactNode {
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const general = cart.problems.filter(({ lineId }) => !cart.lines.some(({ id }) => id === lineId));
  const canOrder = cart.problems.length === 0 && findShortLines(cart).length === 0;
  return (
    <>
      <h1>Cart</h1>
      <div className="with-aside">
        <div>
          {refusals.length > 0 && <Notice>{refusals.map(({ message }) => message).join(" ")}</Notice>}
          {general.length > 0 && <Notice>{general.map(({ message }) => message).join(" ")}</Notice>}
          <ul className="lines">
            {cart.lines.map((line) => (
              <CartLine key={line.id} line={line} setRefusals={setRefusals} />
            ))}
          </ul>
        </div>
        <aside className="summary" aria-label="Summary">
          <h2>Summary</h2>
          <Totals cart={cart} />
          {canOrder ? (
            <Link to="/checkout" className="button button-large button-wide">
              Checkout
            </Link>
          ) : (
            <Notice kind="info">Some lines cannot be ordered as they are. Change or remove them first.</Notice>
          )}
        </aside>
      </div>
    </>
  );
}

function CartLine({
  line,
  setRefusals,
}: {
  line: Line;
  setRefusals: (refusals: readonly Refusal[]) => void;
}): ReactNode {
  const { change, remove } = useCart();
  const [isBusy, setIsBusy] = useState(false);
  const { product, availability } = line.variant;
  const run = async (action: Promise<readonly Refusal[]>) => {
    setIsBusy(true);
    setRefusals(await action);
    setIsBusy(false);
  };
  const takeOut = async () => {
    await run(remove(line.id));
    // The button is gone with its line.
    document.getElementById("content")?.focus();
  };
  const short =
    line.quantity > availability.available &&
    (availability.available > 0 ? `Only ${availability.available} can be had now.` : "Out of stock.");
  return (
    <li className="line" aria-busy={isBusy}>
      <Link to={`/product/${product.slug}`} className="line-picture" tabIndex={-1} aria-hidden="true">
        <Picture image={product.images[0] && { ...product.images[0], altText: "" }} />
      </Link>
      <div className="line-text">
        <h2>
          <Link to={`/product/${product.slug}`}>{product.name}</Link>
        </h2>
        <p>
          {line.variant.name}
          {line.unitPrice && ` · ${formatMoney(line.unitPrice)}`}
        </p>
        {(line.problem || short) && (
          <p className="line-problem" role="alert">
            {line.problem?.message ?? short}
          </p>
        )}
      </div>
      <p className="line-total">{line.lineTotal ? formatMoney(line.lineTotal) : "No price"}</p>
      <div className="line-actions">
        <Quantity
          label={`Quantity of ${product.name}`}
          value={line.quantity}
          isBusy={isBusy}
          onChange={(quantity) => void run(change(line.id, quantity))}
        />
        <button
          type="button"
          className="button-text"
          aria-label={`Remove ${product.name}`}
          onClick={() => void takeOut()}
        >
          Remove
        </button>
      </div>
    </li>
  );
}
