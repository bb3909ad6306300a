// How many: a number between two buttons.
import type { ReactNode } from "react";

interface QuantityProps {
  readonly label: string;
  readonly value: number;
  readonly maximum?: number | undefined;
  readonly isBusy?: boolean;
  readonly onChange: (value: number) => void;
}

export function Quantity({ label, value, maximum = 999, isBusy = false, onChange }: QuantityProps): ReactNode {
  const step = (by: number, text: string, sign: string, isAtEnd: boolean) => (
    <button
      type="button"
      aria-label={text}
      // Not `disabled`: a button that loses the focus when it is pressed loses the keyboard's place.
      aria-disabled={isAtEnd || isBusy}
      onClick={() => !isAtEnd && !isBusy && onChange(value + by)}
    >
      {sign}
    </button>
  );
  return (
    <div className="quantity" role="group" aria-label={label}>
      {step(-1, "One less", "−", value <= 1)}
      <output aria-live="polite">{value}</output>
      {step(1, "One more", "+", value >= maximum)}
    </div>
  );
}
