// The account: orders, where one is logged in, the password; for guests the way in.
import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { asRefusal } from "../cart";
import { useForm } from "../forms";
import { formatDay, formatMoment, formatMoney } from "../format";
import { AccountDocument, type AccountQuery, ChangePasswordDocument, LogoutDocument } from "../graphql/graphql";
import { signOut, useGraph } from "../graph";
import { Field, Loaded, Notice, Skeleton, messageFor, messagesBesides } from "../parts";
import { Link, Page, navigate } from "../routing";
import { useIsSignedIn } from "../session";
import { SignIn } from "../sign-in";

type Customer = NonNullable<AccountQuery["me"]>;

export function AccountPage(): ReactNode {
  const isSignedIn = useIsSignedIn();
  return (
    <Page title={isSignedIn ? "Account" : "Log in"}>
      {isSignedIn ? (
        <OwnAccount />
      ) : (
        <div className="narrow">
          <h1>Welcome</h1>
          <SignIn />
        </div>
      )}
    </Page>
  );
}

function OwnAccount(): ReactNode {
  const [after, setAfter] = useState<string | null>(null);
  const response = useQuery({ query: AccountDocument, variables: { after }, requestPolicy: "cache-and-network" });
  return (
    <Loaded response={response} skeleton={<Skeleton lines={8} />}>
      {({ me }) => me && <AccountContent customer={me} isBusy={response[0].fetching} showMore={setAfter} />}
    </Loaded>
  );
}

interface AccountContentProps {
  readonly customer: Customer;
  readonly isBusy: boolean;
  readonly showMore: (after: string) => void;
}

function AccountContent({ customer, isBusy, showMore }: AccountContentProps): ReactNode {
  return (
    <>
      <div className="account-head">
        <div>
          <h1>{customer.name}</h1>
          <p className="lead">
            {customer.email} · with us since {formatDay(customer.createdAt)}
          </p>
        </div>
        <LogOut />
      </div>
      <section aria-labelledby="orders">
        <h2 id="orders">Orders</h2>
        <Orders orders={customer.orders} isBusy={isBusy} showMore={showMore} />
      </section>
      <div className="account-more">
        <section aria-labelledby="sessions" className="panel">
          <h2 id="sessions">Where you are logged in</h2>
          <Sessions sessions={customer.sessions ?? []} />
        </section>
        <section aria-labelledby="password" className="panel">
          <h2 id="password">Password</h2>
          <PasswordForm email={customer.email ?? ""} />
        </section>
      </div>
    </>
  );
}

const STATUS = { PENDING: "Being placed", CONFIRMED: "Confirmed", CANCELLING: "Being cancelled", CANCELLED: "Cancelled" };

interface OrdersProps {
  readonly orders: Customer["orders"];
  readonly isBusy: boolean;
  readonly showMore: (after: string) => void;
}

function Orders({ orders: { edges, pageInfo }, isBusy, showMore }: OrdersProps): ReactNode {
  const end = pageInfo.endCursor;
  if (edges.length === 0) {
    return (
      <p className="nothing">
        No orders yet. <Link to="/">Look around</Link>
      </p>
    );
  }
  return (
    <>
      <ul className="orders">
        {edges.map(({ node: order }) => (
          <li key={order.id}>
            <Link to={`/orders/${order.id}`} className="order">
              <span className="order-number">{order.number ?? "New"}</span>
              <span className="order-lines">
                {order.lines.map(({ productName, quantity }) => `${quantity} × ${productName}`).join(", ")}
              </span>
              <span className="order-day">{formatDay(order.placedAt)}</span>
              <span className={`status status-${order.status.toLowerCase()}`}>{STATUS[order.status]}</span>
              <span className="order-total">{formatMoney(order.total)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {pageInfo.hasNextPage && end !== null && (
        <div className="more">
          <button type="button" className="button button-quiet" aria-disabled={isBusy} onClick={() => showMore(end)}>
            {isBusy ? "Loading …" : "Older orders"}
          </button>
        </div>
      )}
    </>
  );
}

function Sessions({ sessions }: { sessions: NonNullable<Customer["sessions"]> }): ReactNode {
  const active = sessions.filter(({ status }) => status === "ACTIVE");
  return (
    <>
      <ul className="sessions">
        {active.slice(0, 6).map(({ id, createdAt, refreshedAt, isCurrent }) => (
          <li key={id}>
            <span>
              Since {formatMoment(createdAt)}
              <small>Last used {formatMoment(refreshedAt)}</small>
            </span>
            {isCurrent && <span className="status status-confirmed">This one</span>}
          </li>
        ))}
      </ul>
      {active.length > 6 && <p className="field-hint">And {active.length - 6} more.</p>}
    </>
  );
}

function LogOut(): ReactNode {
  const graph = useGraph();
  const logOut = async (everywhere: boolean) => {
    await graph.mutation(LogoutDocument, { everywhere }).toPromise();
    // Also when the shop could not be reached: this browser forgets who it was.
    signOut();
    navigate("/");
  };
  return (
    <div className="account-actions">
      <button type="button" className="button button-quiet" onClick={() => void logOut(false)}>
        Log out
      </button>
      <button type="button" className="button-text" onClick={() => void logOut(true)}>
        Log out everywhere
      </button>
    </div>
  );
}

const FIELDS = ["currentPassword", "newPassword"];

function PasswordForm({ email }: { email: string }): ReactNode {
  const graph = useGraph();
  const [isChanged, setIsChanged] = useState(false);
  const form = useForm(async ({ currentPassword = "", newPassword = "" }) => {
    setIsChanged(false);
    const input = { currentPassword, newPassword };
    const { data, error } = await graph.mutation(ChangePasswordDocument, { input }).toPromise();
    const refused = error ? [asRefusal(error)] : (data?.changePassword.errors ?? []);
    if (refused.length === 0) {
      form.ref.current?.reset();
      setIsChanged(true);
    }
    return refused;
  });
  const others = messagesBesides(form.refusals, FIELDS);
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate aria-label="Change the password">
      {/* For password managers: whose password it is. */}
      <input
        className="sr-only"
        type="email"
        name="username"
        autoComplete="username"
        value={email}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        label="Current password"
        name="currentPassword"
        type="password"
        autoComplete="current-password"
        required
        error={messageFor(form.refusals, "currentPassword")}
      />
      <Field
        label="New password"
        name="newPassword"
        type="password"
        autoComplete="new-password"
        required
        hint="Ten characters or more. Other places are logged out."
        error={messageFor(form.refusals, "newPassword")}
      />
      {others.length > 0 && <Notice>{others.join(" ")}</Notice>}
      {isChanged && <Notice kind="good">The password is changed.</Notice>}
      <button type="submit" className="button button-quiet" aria-disabled={form.isBusy}>
        Change the password
      </button>
    </form>
  );
}
