// Fills the expressions in a tab's variables in, at the moment of running, and keeps what was filled in for the note.
import { type ExecutionResult, parse, visit } from "graphql";
import type { LookupConfig } from "./config";
import { isExpression, type Read, readExpression, readValue } from "./expressions";
import type { Responses } from "./responses";
import { Store } from "./store";

export interface FilledValue {
  readonly variable: string;
  readonly value: unknown;
  readonly origin: string;
}

type Variables = Readonly<Record<string, unknown>>;
export type SendLookup = (lookup: LookupConfig) => Promise<ExecutionResult>;

export class Filling {
  /** What was filled in for the operation that ran last. */
  readonly filled = new Store<readonly FilledValue[]>([]);
  readonly #responses: Responses;
  readonly #lookups: ReadonlyMap<string, LookupConfig>;

  constructor(responses: Responses, lookups: readonly LookupConfig[]) {
    this.#responses = responses;
    this.#lookups = new Map(lookups.map((lookup) => [lookup.operation, lookup]));
  }

  /** The variables with a value for each expression; throws an Error that says what to run first when one has none. */
  async fill(variables: Variables | undefined, user: string | null, send: SendLookup): Promise<Variables | undefined> {
    const filled: FilledValue[] = [];
    this.filled.write([]);
    const sent = new Map<string, Promise<unknown>>();
    const lookUp = (lookup: LookupConfig): Promise<unknown> => {
      const running = sent.get(lookup.operation) ?? runLookup(lookup, send);
      sent.set(lookup.operation, running);
      return running;
    };
    const result = await replaceExpressions(variables, "", async (text, variable) => {
      const { value, origin } = await this.#evaluate(text, variable, user, lookUp);
      filled.push({ variable, value, origin });
      return value;
    });
    this.filled.write(filled);
    return result as Variables | undefined;
  }

  async #evaluate(
    text: string,
    variable: string,
    user: string | null,
    lookUp: (lookup: LookupConfig) => Promise<unknown>,
  ): Promise<{ readonly value: unknown; readonly origin: string }> {
    const hints: string[] = [];
    for (const source of readExpression(text)) {
      if (source.kind === "uuid") return { value: newUuid(), origin: "new for this run" };
      const lookup = this.#lookups.get(source.operation);
      const response = this.#responses.find(source.operation, user);
      const data = lookup === undefined ? response?.data : await lookUp(lookup);
      const value = readValue(data, source.steps);
      const origin = `from the ${lookup === undefined ? "last response to" : "lookup"} ${source.operation}`;
      if (value !== undefined) return { value, origin };
      hints.push(describeMissing(source, lookup, response !== null));
    }
    throw new Error(`Nothing was sent: there is no value for "${variable}" yet. ${hints[0] ?? ""}`);
  }
}

/** The variables for a dry run: a value of the right type for each expression, without a request. */
export async function replaceByPlaceholders(variables: unknown, query: string): Promise<Variables | undefined> {
  const types = readVariableTypes(query);
  const result = await replaceExpressions(variables, "", async (_text, variable) => {
    const type = types.get(variable);
    return type === "Int" || type === "Float" ? 0 : type === "Boolean" ? true : "placeholder";
  });
  return result as Variables | undefined;
}

/** A random UUID; `crypto.randomUUID` exists on pages from https and localhost only. */
function newUuid(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte, index) =>
    (index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, "0"),
  );
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function describeMissing(source: Read, lookup: LookupConfig | undefined, hasResponse: boolean): string {
  if (lookup !== undefined) return `Run the tab "${lookup.providedBy}" first.`;
  if (!hasResponse) return `Run the tab "${source.operation}" first.`;
  return `The last response to "${source.operation}" has no value at ${source.text}: check its errors, then run it again.`;
}

async function runLookup(lookup: LookupConfig, send: SendLookup): Promise<unknown> {
  const { data, errors } = await send(lookup);
  if (data === null || data === undefined) {
    const reasons = errors?.map((error) => error.message).join(" ") || "its response has no data.";
    throw new Error(`Nothing was sent: the lookup ${lookup.operation} failed: ${reasons}`);
  }
  return data;
}

async function replaceExpressions(
  value: unknown,
  path: string,
  replace: (text: string, path: string) => Promise<unknown>,
): Promise<unknown> {
  if (isExpression(value)) return replace(value, path);
  if (typeof value !== "object" || value === null) return value;
  const isList = Array.isArray(value);
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const inner = path === "" ? key : isList ? `${path}[${key}]` : `${path}.${key}`;
    entries.push([key, await replaceExpressions(item, inner, replace)]);
  }
  return isList ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

/** The named types of the document's variables, without lists and non-null; none when it does not parse. */
function readVariableTypes(query: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  try {
    visit(parse(query, { noLocation: true }), {
      VariableDefinition: ({ variable, type }) => {
        visit(type, { NamedType: ({ name }) => void types.set(variable.name.value, name.value) });
        return undefined;
      },
    });
  } catch {
    // The server refuses the document, with its reason.
  }
  return types;
}
