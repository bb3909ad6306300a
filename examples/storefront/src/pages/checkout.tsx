// The checkout in three steps: who orders, where it goes, which card pays.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { asRefusal, useCart } from "../cart";
import { COUNTRIES, nameCountry } from "../countries";
import { formatMoney } from "../format";
import { useForm } from "../forms";
import {
  AddPaymentMethodDocument,
  type AddressInput,
  type CartContentFragment,
  PlaceOrderDocument,
} from "../graphql/graphql";
import { useGraph } from "../graph";
import { Empty, Failure, Field, Notice, type Refusal, Skeleton, messageFor, messagesBesides } from "../parts";
import { Picture } from "../product-card";
import { Link, Page, navigate } from "../routing";
import { useIsSignedIn } from "../session";
import { SignIn } from "../sign-in";
import { Totals } from "../totals";

export function CheckoutPage(): ReactNode {
  const { cart, isLoading, error, reload } = useCart();
  return (
    <Page title="Checkout">
      {error ? (
        <Failure error={error} retry={reload} />
      ) : isLoading ? (
        <Skeleton lines={8} />
      ) : cart && cart.lines.length > 0 ? (
        <Steps cart={cart} />
      ) : (
        <Empty title="There is nothing to order">
          <p>Your cart is empty.</p>
          <Link to="/" className="button">
            Look around
          </Link>
        </Empty>
      )}
    </Page>
  );
}

function Steps({ cart }: { cart: CartContentFragment }): ReactNode {
  const isSignedIn = useIsSignedIn();
  const { viewer } = useCart();
  const [address, setAddress] = useState<AddressInput | null>(null);
  const [isEditing, setIsEditing] = useState(true);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);

  const refuse = (found: readonly Refusal[]) => {
    setRefusals(found);
    // Refusals of the address are shown beside its fields.
    if (found.some(({ path }) => path?.[0] === "shippingAddress")) setIsEditing(true);
  };
  const hasAddress = isSignedIn && address !== null && !isEditing;
  return (
    <>
      <h1>Checkout</h1>
      <div className="with-aside">
        <ol className="steps">
          <Step title="Account" number={1} isDone={isSignedIn} isOpen={!isSignedIn}>
            {isSignedIn ? (
              <p className="step-summary">{viewer ? `${viewer.name}, ${viewer.email}` : "Logged in"}</p>
            ) : (
              <>
                <p>Your cart stays as it is.</p>
                <SignIn first="register" />
              </>
            )}
          </Step>
          <Step title="Delivery address" number={2} isDone={hasAddress} isOpen={isSignedIn && !hasAddress}>
            {isSignedIn &&
              (hasAddress ? (
                <AddressSummary address={address} change={() => setIsEditing(true)} />
              ) : (
                <AddressForm
                  known={address}
                  name={viewer?.name ?? ""}
                  refusals={refusals}
                  use={(given) => {
                    setAddress(given);
                    setRefusals([]);
                    setIsEditing(false);
                  }}
                />
              ))}
          </Step>
          <Step title="Payment" number={3} isDone={false} isOpen={hasAddress}>
            {hasAddress && <PaymentForm cart={cart} address={address} refuse={refuse} />}
          </Step>
        </ol>
        <aside className="summary" aria-label="Your order">
          <h2>Your order</h2>
          <ul className="summary-lines">
            {cart.lines.map((line) => (
              <li key={line.id}>
                <Picture image={line.variant.product.images[0] && { ...line.variant.product.images[0], altText: "" }} />
                <span>
                  {line.variant.product.name}
                  <small>
                    {line.quantity} × {line.variant.name}
                  </small>
                </span>
                <span>{line.lineTotal && formatMoney(line.lineTotal)}</span>
              </li>
            ))}
          </ul>
          <Totals cart={cart} />
        </aside>
      </div>
    </>
  );
}

interface StepProps {
  readonly title: string;
  readonly number: number;
  readonly isDone: boolean;
  readonly isOpen: boolean;
  readonly children: ReactNode;
}

function Step({ title, number, isDone, isOpen, children }: StepProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasOpen = useRef(isOpen);
  // The next step takes the focus when the one before it is done.
  useEffect(() => {
    if (isOpen && !wasOpen.current) heading.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <li
      className={`step ${isOpen ? "step-open" : ""} ${isDone ? "step-done" : ""}`}
      aria-current={isOpen ? "step" : undefined}
    >
      <h2 ref={heading} tabIndex={-1}>
        <span className="step-number" aria-hidden="true">
          {isDone ? "✓" : number}
        </span>
        {title}
        {isDone && <span className="sr-only">, done</span>}
      </h2>
      {(isOpen || isDone) && <div className="step-content">{children}</div>}
    </li>
  );
}

function AddressSummary({ address, change }: { address: AddressInput; change: () => void }): ReactNode {
  const parts = [
    address.name,
    address.line1,
    address.line2,
    `${address.postalCode} ${address.city}`,
    nameCountry(address.countryCode),
  ];
  return (
    <p className="step-summary">
      {parts.filter((part) => part?.trim()).join(", ")}{" "}
      <button type="button" className="button-text" onClick={change}>
        Change
      </button>
    </p>
  );
}

interface AddressFormProps {
  readonly known: AddressInput | null;
  readonly name: string;
  readonly refusals: readonly Refusal[];
  readonly use: (address: AddressInput) => void;
}

const ADDRESS_FIELDS = ["name", "line1", "line2", "postalCode", "city", "region", "countryCode"];

function AddressForm({ known, name, refusals, use }: AddressFormProps): ReactNode {
  const form = useForm(async (values) => {
    const { line1 = "", line2 = "", postalCode = "", city = "", countryCode = "" } = values;
    use({ name: values.name ?? "", line1, line2, postalCode, city, countryCode });
    return [];
  });
  const found = form.refusals.length > 0 ? form.refusals : refusals;
  const field = (input: keyof AddressInput) => ({
    name: input,
    defaultValue: known?.[input] ?? "",
    error: messageFor(found, input),
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate aria-label="Delivery address" className="address">
      <Field label="Name" {...field("name")} defaultValue={known?.name ?? name} autoComplete="name" required />
      <Field label="Street and number" {...field("line1")} autoComplete="address-line1" required />
      <Field label="Flat, floor" {...field("line2")} autoComplete="address-line2" isOptional />
      <div className="field-row">
        <Field label="Postal code" {...field("postalCode")} autoComplete="postal-code" />
        <Field label="City" {...field("city")} autoComplete="address-level2" required />
      </div>
      <div className="field">
        <label htmlFor="country">Country</label>
        <select id="country" name="countryCode" autoComplete="country" defaultValue={known?.countryCode ?? "DE"}>
          {COUNTRIES.map(({ code, name: country }) => (
            <option key={code} value={code}>
              {country}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" className="button button-large">
        Continue to payment
      </button>
    </form>
  );
}

const CARDS = [
  { token: "tok_visa", name: "A card that pays", note: "The payment is authorised." },
  { token: "tok_declined", name: "A card that is declined", note: "The order is cancelled, and your cart comes back." },
  { token: "tok_insufficient_funds", name: "A card without enough money", note: "Declined too, for another reason." },
];

interface PaymentFormProps {
  readonly cart: CartContentFragment;
  readonly address: AddressInput;
  readonly refuse: (refusals: readonly Refusal[]) => void;
}

function PaymentForm({ cart, address, refuse }: PaymentFormProps): ReactNode {
  const graph = useGraph();
  const { reload } = useCart();
  // The same order sent again, after an answer that was lost, is not a second one.
  const key = useRef({ input: "", value: "" });
  const form = useForm(async ({ card = "" }) => {
    const order = { cartId: cart.id, expectedRevision: cart.revision, shippingAddress: address };
    const text = JSON.stringify({ ...order, card });
    if (key.current.input !== text) key.current = { input: text, value: crypto.randomUUID() };
    const idempotencyKey = key.current.value;
    const adding = await graph
      .mutation(AddPaymentMethodDocument, { input: { token: card, idempotencyKey } })
      .toPromise();
    if (adding.error) return [asRefusal(adding.error)];
    const method = adding.data?.addPaymentMethod.paymentMethod;
    if (!method) return adding.data?.addPaymentMethod.errors ?? [];
    const input = { ...order, paymentMethodId: method.id, idempotencyKey };
    const { data, error } = await graph.mutation(PlaceOrderDocument, { input }).toPromise();
    if (error) return [asRefusal(error)];
    if (data?.placeOrder.order) {
      navigate(`/orders/${data.placeOrder.order.id}`, { replace: true });
      return [];
    }
    const errors = data?.placeOrder.errors ?? [];
    // The cart was changed elsewhere: show it as it is now, beside the refusal.
    if (errors.some(({ __typename }) => __typename.startsWith("Cart"))) reload();
    refuse(errors);
    return errors;
  });
  const messages = messagesBesides(form.refusals, ADDRESS_FIELDS);
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate aria-label="Payment">
      <p>This is a demonstration: choose what is to happen. No card is charged.</p>
      <fieldset className="cards">
        <legend className="sr-only">Card</legend>
        {CARDS.map(({ token, name, note }, index) => (
          <label key={token} className="card-choice">
            <input type="radio" name="card" value={token} defaultChecked={index === 0} />
            <span>
              <strong>{name}</strong>
              <small>
                {note} <code>{token}</code>
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      {messages.length > 0 && <Notice>{messages.join(" ")}</Notice>}
      <button type="submit" className="button button-large button-wide" aria-disabled={form.isBusy}>
        {form.isBusy ? "Placing your order …" : `Pay ${formatMoney(cart.total)}`}
      </button>
    </form>
  );
}
