// Lowest and highest price, kept in the address so that a filtered page can be shared.
import type { ReactNode } from "react";
import { CURRENCY, parseAmount } from "./format";
import { Field } from "./parts";
import { replaceQuery } from "./routing";
import { useForm } from "./forms";

export function PriceFilter({ from, to }: { from: string | null; to: string | null }): ReactNode {
  const form = useForm(async (values) => {
    const wrong = ["from", "to"].filter((name) => values[name] && parseAmount(values[name], CURRENCY) === null);
    if (wrong.length > 0) return wrong.map((name) => ({ code: "INVALID", message: "Give an amount.", path: [name] }));
    replaceQuery({ from: values.from ?? null, to: values.to ?? null });
    return [];
  });
  const errorOf = (name: string) => form.refusals.find(({ path }) => path?.[0] === name)?.message;
  const clear = () => {
    const inputs = [...(form.ref.current?.querySelectorAll("input") ?? [])];
    for (const input of inputs) input.value = "";
    // The button is about to go.
    inputs[0]?.focus();
    replaceQuery({ from: null, to: null });
  };
  return (
    <form ref={form.ref} className="filter" onSubmit={form.onSubmit} noValidate aria-label="Filter by price">
      <Field
        label={`From ${CURRENCY}`}
        name="from"
        inputMode="decimal"
        defaultValue={from ?? ""}
        error={errorOf("from")}
      />
      <Field label={`To ${CURRENCY}`} name="to" inputMode="decimal" defaultValue={to ?? ""} error={errorOf("to")} />
      <button type="submit" className="button button-quiet">
        Filter
      </button>
      {(from !== null || to !== null) && (
        <button type="button" className="button-text" onClick={clear}>
          Clear
        </button>
      )}
    </form>
  );
}
