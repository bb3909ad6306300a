// Small parts that every page uses: fields, notices, what is shown instead of data.
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import type { AnyVariables, CombinedError, UseQueryResponse } from "urql";

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[] | null;
}

/** The message for the input of that name: the last step of the path that a refusal carries. */
export function messageFor(refusals: readonly Refusal[], field: string): string | undefined {
  return refusals.find(({ path }) => path?.at(-1) === field)?.message;
}

/** Refusals of no field that the form shows. */
export function messagesBesides(refusals: readonly Refusal[], fields: readonly string[]): string[] {
  return refusals.filter(({ path }) => !fields.includes(path?.at(-1) ?? "")).map(({ message }) => message);
}

export function explain(error: CombinedError): string {
  if (error.networkError) return "The shop cannot be reached. Check the connection and try again.";
  return error.graphQLErrors.map(({ message }) => message).join(" ");
}

export function Notice({ kind = "error", children }: { kind?: "error" | "info" | "good"; children: ReactNode }) {
  return (
    <div className={`notice notice-${kind}`} role={kind === "error" ? "alert" : "status"}>
      {children}
    </div>
  );
}

export function Failure({ error, retry }: { error: CombinedError; retry: () => void }): ReactNode {
  return (
    <Notice>
      <p>{explain(error)}</p>
      <button type="button" className="button button-quiet" onClick={retry}>
        Try again
      </button>
    </Notice>
  );
}

/** The value, or the last one there was while there is none. */
export function useLatest<Value>(value: Value | undefined): Value | undefined {
  const [latest, setLatest] = useState(value);
  if (value !== undefined && value !== latest) setLatest(value);
  return value ?? latest;
}

interface LoadedProps<Data, Variables extends AnyVariables> {
  readonly response: UseQueryResponse<Data, Variables>;
  readonly skeleton: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** What a query answered; before that its skeleton, or what went wrong. */
export function Loaded<Data, Variables extends AnyVariables>({
  response: [result, execute],
  skeleton,
  children,
}: LoadedProps<Data, Variables>): ReactNode {
  if (result.data) return children(result.data);
  if (result.error) {
    return <Failure error={result.error} retry={() => execute({ requestPolicy: "network-only" })} />;
  }
  return skeleton;
}

interface FieldProps extends ComponentProps<"input"> {
  readonly label: string;
  readonly name: string;
  readonly error?: string | undefined;
  readonly hint?: string;
  readonly isOptional?: boolean;
}

export function Field({ label, error, hint, isOptional, ...input }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {isOptional && <span className="optional"> (optional)</span>}
      </label>
      <input {...input} id={id} aria-invalid={error ? true : undefined} aria-describedby={`${id}-note`} />
      <p id={`${id}-note`} className={error ? "field-error" : "field-hint"}>
        {error ?? hint}
      </p>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <path d="M22 46 60 26l38 20v40L60 106 22 86zM22 46l38 20m0 0 38-20M60 66v40" />
      </svg>
      <h1>{title}</h1>
      {children}
    </div>
  );
}

export function Skeleton({ lines }: { lines: number }): ReactNode {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className={`skeleton skeleton-line ${index % 3 === 2 ? "short" : ""}`} />
      ))}
    </div>
  );
}
