// What a cart or an order comes to.
import type { ReactNode } from "react";
import { type Money, formatMoney } from "./format";

interface Sums {
  readonly subtotal?: Money;
  readonly taxLines: readonly { readonly name: string; readonly rate: string; readonly tax: Money }[];
  readonly total: Money;
}

export function Totals({ cart: { subtotal, taxLines, total } }: { cart: Sums }): ReactNode {
  return (
    <dl className="totals">
      {subtotal && (
        <div>
          <dt>Subtotal</dt>
          <dd>{formatMoney(subtotal)}</dd>
        </div>
      )}
      {taxLines.map(({ name, rate, tax }) => (
        <div key={`${name} ${rate}`}>
          <dt>
            {name} {Number(rate) * 100}%
          </dt>
          <dd>{formatMoney(tax)}</dd>
        </div>
      ))}
      <div className="totals-total">
        <dt>Total</dt>
        <dd>{formatMoney(total)}</dd>
      </div>
    </dl>
  );
}
