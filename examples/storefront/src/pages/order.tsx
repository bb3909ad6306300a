// An order while it is placed and afterwards: its way as it happens, what was bought, where it goes.
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { asRefusal } from "../cart";
import { nameCountry } from "../countries";
import { useOrderChanges } from "../follow-order";
import { formatMoment, formatMoney, formatTime } from "../format";
import {
  CancelOrderDocument,
  type ChangeFragment,
  OrderDocument,
  type OrderQuery,
  type PaymentStatus,
} from "../graphql/graphql";
import { useGraph } from "../graph";
import { Loaded, Notice, type Refusal, Skeleton } from "../parts";
import { Picture } from "../product-card";
import { Link, Page } from "../routing";
import { useIsSignedIn } from "../session";
import { SignIn } from "../sign-in";
import { Totals } from "../totals";
import { Missing } from "./missing";

type Order = NonNullable<OrderQuery["order"]>;

export function OrderPage({ id }: { id: string }): ReactNode {
  const isSignedIn = useIsSignedIn();
  const response = useQuery({
    query: OrderDocument,
    variables: { id },
    requestPolicy: "cache-and-network",
    pause: !isSignedIn,
  });
  const order = response[0].data?.order;
  return (
    <Page title={order ? `Order ${order.number ?? ""}`.trim() : "Order"}>
      {isSignedIn ? (
        <Loaded response={response} skeleton={<Skeleton lines={9} />}>
          {(data) => (data.order ? <OrderContent key={data.order.id} order={data.order} /> : <Missing what="order" />)}
        </Loaded>
      ) : (
        <div className="narrow">
          <h1>Log in to see the order</h1>
          <SignIn />
        </div>
      )}
    </Page>
  );
}

const REASONS: Readonly<Record<string, string>> = {
  CARD_DECLINED: "The card was declined. Nothing was charged, and everything is back in your cart.",
  INSUFFICIENT_FUNDS: "The card has not enough money. Nothing was charged, and everything is back in your cart.",
  INVALID_TOKEN: "The card is not known. Nothing was charged, and everything is back in your cart.",
  INVALID_PAYMENT_METHOD: "The card can no longer be used. Nothing was charged, and everything is back in your cart.",
  INVALID_AMOUNT: "The amount cannot be charged. Nothing was charged, and everything is back in your cart.",
  RESERVATION_EXPIRED: "The payment took too long. Nothing was charged, and everything is back in your cart.",
  OUT_OF_STOCK: "Not everything is in stock any more. Nothing was charged, and everything is back in your cart.",
  PROVIDER_UNAVAILABLE: "The payment could not be made. Nothing was charged, and everything is back in your cart.",
  TIMED_OUT: "The payment took too long. Nothing was charged, and everything is back in your cart.",
  REQUESTED: "It was cancelled as you asked. Nothing was charged.",
};

function OrderContent({ order }: { order: Order }): ReactNode {
  const [changes, connection] = useOrderChanges(order.id, order.history);
  const last = changes.at(-1);
  const status = last?.status ?? order.status;
  return (
    <>
      <h1>
        {
          {
            PENDING: "We are placing your order",
            CONFIRMED: "Thank you, it is yours",
            CANCELLING: "We are cancelling your order",
            CANCELLED: "The order was cancelled",
          }[status]
        }
      </h1>
      <p className="lead">
        Order {order.number ?? ""}, placed {formatMoment(order.placedAt)}
      </p>
      {status === "CONFIRMED" && changes.some((change) => change.status === "CANCELLING") && (
        <Notice>It is too late to cancel this order.</Notice>
      )}
      {status === "CANCELLED" && <Cancellation reason={last?.reason ?? order.cancelReason} />}
      <div className="with-aside">
        <div>
          <section aria-labelledby="way" className="panel">
            <h2 id="way">
              Status
              <ConnectionBadge connection={connection} />
            </h2>
            <Timeline changes={changes} />
          </section>
          <section aria-labelledby="bought">
            <h2 id="bought">What you ordered</h2>
            <OrderLines order={order} isOutOfStock={(last?.reason ?? order.cancelReason) === "OUT_OF_STOCK"} />
          </section>
        </div>
        <aside className="summary" aria-label="Summary">
          <h2>Summary</h2>
          <Totals cart={order} />
          <Payments payments={order.payments} />
          <h3>Goes to</h3>
          <Address address={order.shippingAddress} />
          {status === "CONFIRMED" && order.allowedTransitions.includes("CANCELLING") && <CancelButton order={order} />}
        </aside>
      </div>
    </>
  );
}

function Cancellation({ reason }: { reason: string | null }): ReactNode {
  return (
    <Notice>
      <p>{(reason && REASONS[reason]) ?? "Nothing was charged."}</p>
      {reason !== "REQUESTED" && (
        <Link to="/cart" className="button">
          Back to your cart
        </Link>
      )}
    </Notice>
  );
}

function ConnectionBadge({ connection }: { connection: "live" | "reconnecting" | "ended" }): ReactNode {
  return (
    <span role="status" className={`connection connection-${connection}`}>
      {{ live: "live", reconnecting: "reconnecting …", ended: "" }[connection]}
    </span>
  );
}

const PAYMENT_STATUS: Readonly<Record<PaymentStatus, string>> = {
  CREATED: "requested",
  REQUIRES_ACTION: "to be confirmed with your bank",
  PROCESSING: "under way",
  AUTHORIZED: "authorised, not charged yet",
  PARTIALLY_CAPTURED: "charged in part",
  CAPTURED: "charged",
  PARTIALLY_REFUNDED: "paid back in part",
  REFUNDED: "paid back",
  DISPUTED: "disputed",
  LOST: "paid back",
  FAILED: "declined",
  CANCELLED: "not charged",
  VOIDED: "released, not charged",
  EXPIRED: "lapsed, not charged",
};

function Payments({ payments }: { payments: Order["payments"] }): ReactNode {
  if (payments.length === 0) return null;
  return (
    <>
      <h3>Payment</h3>
      <ul className="payments">
        {payments.map(({ id, status, total }) => (
          <li key={id}>
            {formatMoney(total)} <span className="payment-status">{PAYMENT_STATUS[status]}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

const STEPS: readonly { readonly name: string; readonly isReached: (change: ChangeFragment) => boolean }[] = [
  { name: "Order placed", isReached: () => true },
  { name: "Stock reserved", isReached: ({ fulfilmentStatus }) => fulfilmentStatus === "ALLOCATED" },
  { name: "Payment authorised", isReached: ({ paymentStatus }) => paymentStatus === "AUTHORIZED" },
  { name: "Confirmed", isReached: ({ status }) => status === "CONFIRMED" },
];

function Timeline({ changes }: { changes: readonly ChangeFragment[] }): ReactNode {
  const last = changes.at(-1);
  const isCancelled = last?.status === "CANCELLING" || last?.status === "CANCELLED";
  const cancelledAt = last?.status === "CANCELLED" ? last.changedAt : undefined;
  const reached = STEPS.map(({ name, isReached }) => ({ name, at: changes.find(isReached)?.changedAt }));
  const steps = isCancelled
    ? [...reached.filter(({ at }) => at !== undefined), { name: "Cancelled", at: cancelledAt }]
    : reached;
  const next = steps.findIndex(({ at }) => at === undefined);
  const now = last?.status === "PENDING" || last?.status === "CANCELLING" ? next : -1;
  return (
    <ol className={`timeline ${isCancelled ? "timeline-cancelled" : ""}`} aria-live="polite">
      {steps.map(({ name, at }, index) => (
        <li key={name} className={at ? "reached" : index === now ? "under-way" : "ahead"}>
          <span className="timeline-name">{name}</span>
          <span className="timeline-time">
            {at ? formatTime(at) : index === now ? "under way" : <span className="sr-only">to come</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function OrderLines({ order, isOutOfStock }: { order: Order; isOutOfStock: boolean }): ReactNode {
  return (
    <ul className="lines">
      {order.lines.map(({ id, productName, variantName, quantity, total, variant }) => (
        <li key={id} className="line line-bought">
          <Link to={`/product/${variant.product.slug}`} className="line-picture" tabIndex={-1} aria-hidden="true">
            <Picture image={variant.product.images[0] && { ...variant.product.images[0], altText: "" }} />
          </Link>
          <div className="line-text">
            <h3>
              <Link to={`/product/${variant.product.slug}`}>{productName}</Link>
            </h3>
            <p>
              {quantity} × {variantName}
            </p>
            {isOutOfStock && variant.availability.available < quantity && (
              <p className="line-problem">
                {variant.availability.available > 0 ? `Only ${variant.availability.available} left` : "Out of stock"}
              </p>
            )}
          </div>
          <p className="line-total">{formatMoney(total)}</p>
        </li>
      ))}
    </ul>
  );
}

function Address({ address }: { address: Order["shippingAddress"] }): ReactNode {
  const { name, line1, line2, postalCode, city, region, countryCode } = address;
  const lines = [name, line1, line2, `${postalCode} ${city}`, region, nameCountry(countryCode)].filter((line) =>
    line?.trim(),
  );
  return (
    <address>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </address>
  );
}

function CancelButton({ order }: { order: Order }): ReactNode {
  const graph = useGraph();
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const cancel = async () => {
    const { data, error } = await graph.mutation(CancelOrderDocument, { id: order.id }).toPromise();
    setRefusals(error ? [asRefusal(error)] : (data?.cancelOrder.errors ?? []));
  };
  return (
    <>
      <button type="button" className="button-text" onClick={() => void cancel()}>
        Cancel the order
      </button>
      {refusals.length > 0 && <Notice>{refusals.map(({ message }) => message).join(" ")}</Notice>}
    </>
  );
}
