// GraphQL over HTTP: one operation out, one JSON answer back, whatever its status.
import type { ExecutionResult } from "graphql";

export interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const ACCEPT = "application/graphql-response+json, application/json;q=0.9";

/** Sends an operation; throws an Error that a reader can act on when the answer is not a GraphQL one. */
export async function sendOperation(
  endpoint: string,
  operation: Operation,
  headers: Readonly<Record<string, string>>,
): Promise<ExecutionResult> {
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      headers: { accept: ACCEPT, "content-type": "application/json", ...headers },
      body: JSON.stringify(operation),
    });
  } catch {
    throw new Error(`No answer from ${endpoint}. Is the router running?`);
  }
  const text = await response.text();
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null) return answer as ExecutionResult;
  } catch {
    // Told below, together with answers that are JSON but no object.
  }
  const kind = response.headers.get("content-type") ?? "no content type";
  const status = `HTTP ${response.status} (${kind})`;
  throw new Error(`${endpoint} answered ${status} without a GraphQL response: ${text.slice(0, 300)}`);
}

/** The headers that carry an access token, none for an anonymous caller. */
export function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
