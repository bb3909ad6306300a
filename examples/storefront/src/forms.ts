// Forms that say what is wrong beside the field: what the browser finds first, then what the graph refuses.
import { type SubmitEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Refusal } from "./parts";

export interface Form {
  readonly ref: React.RefObject<HTMLFormElement | null>;
  readonly refusals: readonly Refusal[];
  readonly isBusy: boolean;
  readonly onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
}

/** `send` gets the values by name and returns what was refused. */
export function useForm(send: (values: Record<string, string>) => Promise<readonly Refusal[]>): Form {
  const ref = useRef<HTMLFormElement>(null);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [isBusy, setIsBusy] = useState(false);

  const show = (found: readonly Refusal[]) => {
    flushSync(() => setRefusals(found));
    ref.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  };
  const submit = async (form: HTMLFormElement) => {
    const missing = findInvalid(form);
    if (missing.length > 0) return show(missing);
    setIsBusy(true);
    try {
      show(await send(Object.fromEntries(new FormData(form)) as Record<string, string>));
    } finally {
      setIsBusy(false);
    }
  };
  return {
    ref,
    refusals,
    isBusy,
    onSubmit: (event) => {
      event.preventDefault();
      if (!isBusy) void submit(event.currentTarget);
    },
  };
}

function findInvalid(form: HTMLFormElement): Refusal[] {
  const inputs = [...form.elements].filter((element) => element instanceof HTMLInputElement);
  return inputs
    .filter((input) => !input.checkValidity())
    .map((input) => ({ code: "INVALID", message: input.validationMessage, path: [input.name] }));
}
