// The last response to each named operation, which later operations take their variables from.
import type { ExecutionResult } from "graphql";

interface RecordedResponse {
  readonly data: unknown;
  /** Who was logged in when the operation ran, null for a guest. */
  readonly user: string | null;
}

const MAX_OPERATIONS = 100;

export class Responses {
  readonly #responses = new Map<string, RecordedResponse>();

  record(operation: string | null, response: ExecutionResult, user: string | null): void {
    if (operation === null) return;
    // The newest last, so that the first is the one to drop.
    this.#responses.delete(operation);
    this.#responses.set(operation, { data: response.data, user });
    const [oldest] = this.#responses.keys();
    if (this.#responses.size > MAX_OPERATIONS && oldest !== undefined) this.#responses.delete(oldest);
  }

  /** The last response to this user or to a guest; what belongs to another user is not used. */
  find(operation: string, user: string | null): { readonly data: unknown } | null {
    const response = this.#responses.get(operation);
    return response !== undefined && (response.user === null || response.user === user) ? response : null;
  }
}
