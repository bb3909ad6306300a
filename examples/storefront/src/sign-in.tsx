// Logging in and signing up, with the cart that was filled before.
import { type ReactNode, useRef, useState } from "react";
import { asRefusal, useCart } from "./cart";
import { useForm } from "./forms";
import { LoginDocument, RegisterDocument } from "./graphql/graphql";
import { useGraph } from "./graph";
import { Field, Notice, type Refusal, messageFor, messagesBesides } from "./parts";
import { keepTokens } from "./session";

type Way = "register" | "login";

/** Takes over a login or a registration; what it returns was refused. */
function useSignIn() {
  const graph = useGraph();
  const { guestCart, forgetGuestCart } = useCart();
  // The same registration sent again, after an answer that was lost, makes no second account.
  const key = useRef({ input: "", value: "" });

  return async (way: Way, values: Record<string, string>): Promise<readonly Refusal[]> => {
    const { email = "", password = "", name = "" } = values;
    const input = { email, password, guestCart };
    const text = JSON.stringify([input, name]);
    if (key.current.input !== text) key.current = { input: text, value: crypto.randomUUID() };
    const { payload, error } =
      way === "login"
        ? await graph.mutation(LoginDocument, { input }).then(({ data, error }) => ({ payload: data?.login, error }))
        : await graph
            .mutation(RegisterDocument, { input: { ...input, name, idempotencyKey: key.current.value } })
            .then(({ data, error }) => ({ payload: data?.register, error }));
    if (error) return [asRefusal(error)];
    if (!payload?.accessToken) return payload?.errors ?? [];
    keepTokens(payload);
    forgetGuestCart();
    return [];
  };
}

const FIELDS = ["name", "email", "password"];

export function SignIn({ first = "login" }: { first?: Way }): ReactNode {
  const [way, setWay] = useState<Way>(first);
  const signIn = useSignIn();
  const form = useForm((values) => signIn(way, values));
  const others = messagesBesides(form.refusals, FIELDS);
  const isNew = way === "register";
  return (
    <div className="sign-in">
      <div className="switch" role="group" aria-label="Account">
        <button type="button" aria-pressed={isNew} onClick={() => setWay("register")}>
          I am new here
        </button>
        <button type="button" aria-pressed={!isNew} onClick={() => setWay("login")}>
          I have an account
        </button>
      </div>
      <form key={way} ref={form.ref} onSubmit={form.onSubmit} noValidate aria-label={isNew ? "Sign up" : "Log in"}>
        {isNew && (
          <Field label="Name" name="name" autoComplete="name" required error={messageFor(form.refusals, "name")} />
        )}
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete={isNew ? "email" : "username"}
          required
          error={messageFor(form.refusals, "email")}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          required
          hint={isNew ? "Ten characters or more." : undefined}
          error={messageFor(form.refusals, "password")}
        />
        {others.length > 0 && <Notice>{others.join(" ")}</Notice>}
        <button type="submit" className="button button-large button-wide" aria-disabled={form.isBusy}>
          {form.isBusy ? "One moment …" : isNew ? "Sign up" : "Log in"}
        </button>
      </form>
      {!isNew && (
        <p className="field-hint">
          To try it as somebody with orders: <code>ada@example.com</code>, password <code>entrepot-demo-1</code>.
        </p>
      )}
    </div>
  );
}
